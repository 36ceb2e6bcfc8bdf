// Finds the uid, gid and groups of a Docker user text in a container's own passwd and group files.
import { TritonError } from '#lib/wire/errors.ts';
import type { ResolvedUser } from './types.ts';

const PASSWD = '/etc/passwd';
const GROUP = '/etc/group';
const MAX_ID = 2 ** 31 - 1;
/** The kernel's NGROUPS_MAX. */
const MAX_GROUPS = 65_536;
/** Of a line's fields the fourth is the last that is read. */
const FIELDS = 4;

/** Reads a file inside the container's root; null when it is not there. See readRootfsFile (rootfs-file.ts). */
export type ReadRootfs = (path: string) => Promise<string | null>;

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
  const user = findUser(await readFile(PASSWD), userArg, uidArg);
  const wanted = groupAdd.map((name) => numeric(name) ?? name);
  const primary = groupArg === '' ? user.gid : (gidArg ?? groupArg);
  const member = groupArg === '' ? user.name : null;
  const names = new Set([primary, ...wanted].filter((group) => typeof group === 'string'));
  // The group file can be large, and a plain "uid:gid" needs none of it.
  const groups = readGroups(member !== null || names.size > 0 ? await readFile(GROUP) : null, names, member);
  const gid = gidOf(primary, groups);
  const additional = new Set([...groups.memberOf, ...wanted.map((group) => gidOf(group, groups))]);
  additional.delete(gid);
  if (additional.size > MAX_GROUPS) throw userError(`more than ${MAX_GROUPS} groups`);
  for (const id of [user.uid, gid, ...additional]) checkRange(id);
  return { uid: user.uid, gid, additionalGids: [...additional] };
}

interface User {
  /** null when the passwd file does not know the number. */
  name: string | null;
  uid: number;
  gid: number;
}

function findUser(passwd: string | null, arg: string, uidArg: number | null): User {
  const wanted = arg === '' ? 0 : uidArg;
  for (const [name = '', , uid, gid] of records(passwd)) {
    if (wanted === null ? name === arg : idOf(uid) === wanted)
      return { name, uid: idOf(uid), gid: idOf(gid) };
  }
  if (wanted === null) throw userError(`unable to find user ${arg}: no matching entries in passwd file`);
  return { name: null, uid: wanted, gid: 0 };
}

interface Groups {
  /** Of the names asked for, those that there are. */
  byName: Map<string, number>;
  /** Groups that the user is a member of. */
  memberOf: Set<number>;
}

function readGroups(text: string | null, names: Set<string>, member: string | null): Groups {
  const found: Groups = { byName: new Map(), memberOf: new Set() };
  for (const [name = '', , gid, members = ''] of records(text)) {
    if (names.has(name) && !found.byName.has(name)) found.byName.set(name, idOf(gid));
    if (member !== null && members !== '' && members.split(',').includes(member))
      found.memberOf.add(idOf(gid));
  }
  return found;
}

function gidOf(group: number | string, groups: Groups): number {
  const gid = typeof group === 'number' ? group : groups.byName.get(group);
  if (gid === undefined) throw userError(`unable to find group ${group}: no matching entries in group file`);
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

/**
 * The fields of each line, one line at a time: an image decides how many there are. Like glibc's parser: blank lines and comments
 * do not count, spaces around a line neither.
 */
function* records(text: string | null): Generator<string[]> {
  if (text === null) return;
  for (let at = 0; at < text.length; ) {
    const lf = text.indexOf('\n', at);
    const end = lf < 0 ? text.length : lf;
    const line = end === at ? '' : text.slice(at, end).trim();
    if (line !== '' && !line.startsWith('#')) yield line.split(':', FIELDS);
    at = end + 1;
  }
}

/** An id that is no number counts as 0, as in dockerd's parser. */
function idOf(text: string | undefined): number {
  return /^-?\d+$/.test(text ?? '') ? Number(text) : 0;
}

function userError(text: string): TritonError {
  return new TritonError('UserNotFound', 500, text);
}
