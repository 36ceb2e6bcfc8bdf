// Finds the uid, gid and groups of a Docker user text in a container's own passwd and group files.
import { TritonError } from '#lib/wire/errors.ts';
import type { ResolvedUser } from './types.ts';

const PASSWD = '/etc/passwd';
const GROUP = '/etc/group';
const MAX_ID = 2 ** 31 - 1;

/** Reads a file inside the container's root; null when it is not there. See readRootfsFile (rootfs-file.ts). */
export type ReadRootfs = (path: string) => Promise<string | null>;

interface PasswdEntry {
  name: string;
  uid: number;
  gid: number;
}
interface GroupEntry {
  name: string;
  gid: number;
  members: string[];
}

/**
 * `spec` is Config.User: '', 'user', 'uid', with ':group' or ':gid'. '' is uid 0. A number is never taken for a name. Without a
 * group, the user's own and those it is a member of; with one, that alone. `groupAdd` is HostConfig.GroupAdd.
 * Throws TritonError UserNotFound with dockerd's text (moby/sys/user).
 */
export async function resolveUser(
  spec: string,
  readFile: ReadRootfs,
  groupAdd: string[] = [],
): Promise<ResolvedUser> {
  const [userArg = '', groupArg = ''] = spec.split(':');
  const uidArg = numeric(userArg);
  const gidArg = numeric(groupArg);
  const user = findUser(parsePasswd(await readFile(PASSWD)), userArg, uidArg);
  // The group file can be large, and a plain "uid:gid" needs none of it.
  const needsGroups = user.name !== null || groupArg !== '' || groupAdd.length > 0;
  const groups = needsGroups ? parseGroup(await readFile(GROUP)) : [];
  const gid = groupArg === '' ? user.gid : findGroup(groups, groupArg, gidArg);
  const own =
    groupArg === '' && user.name !== null
      ? groups.filter(({ members }) => members.includes(user.name!)).map((group) => group.gid)
      : [];
  const added = groupAdd.map((name) => findGroup(groups, name, numeric(name)));
  const additionalGids = [...new Set([...own, ...added])].filter((id) => id !== gid);
  for (const id of [user.uid, gid, ...additionalGids]) checkRange(id);
  return { uid: user.uid, gid, additionalGids };
}

function findUser(
  entries: PasswdEntry[],
  arg: string,
  uid: number | null,
): { name: string | null; uid: number; gid: number } {
  const wanted = arg === '' ? 0 : uid;
  const found = entries.find((entry) => (wanted === null ? entry.name === arg : entry.uid === wanted));
  if (found) return found;
  if (wanted === null) throw userError(`unable to find user ${arg}: no matching entries in passwd file`);
  return { name: null, uid: wanted, gid: 0 };
}

function findGroup(entries: GroupEntry[], arg: string, gid: number | null): number {
  const found = entries.find((entry) => (gid === null ? entry.name === arg : entry.gid === gid));
  if (found) return found.gid;
  if (gid === null) throw userError(`unable to find group ${arg}: no matching entries in group file`);
  return gid;
}

/** null when it is a name. Throws when it is a number that no id can be. */
function numeric(text: string): number | null {
  if (!/^[+-]?\d+$/.test(text)) return null;
  const id = Number(text);
  checkRange(id);
  return id;
}

function checkRange(id: number): void {
  if (!(id >= 0 && id <= MAX_ID)) throw userError(`uids and gids must be in range 0-${MAX_ID}`);
}

function parsePasswd(text: string | null): PasswdEntry[] {
  return records(text).map(([name = '', , uid, gid]) => ({ name, uid: idOf(uid), gid: idOf(gid) }));
}

function parseGroup(text: string | null): GroupEntry[] {
  return records(text).map(([name = '', , gid, members = '']) => ({
    name,
    gid: idOf(gid),
    members: members === '' ? [] : members.split(','),
  }));
}

/** Like glibc's parser: blank lines and comments do not count, spaces around a line neither. */
function records(text: string | null): string[][] {
  return (text ?? '')
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => line.split(':'));
}

/** An id that is no number counts as 0, as in dockerd's parser. */
function idOf(text: string | undefined): number {
  return /^-?\d+$/.test(text ?? '') ? Number(text) : 0;
}

function userError(text: string): TritonError {
  return new TritonError('UserNotFound', 500, text);
}
