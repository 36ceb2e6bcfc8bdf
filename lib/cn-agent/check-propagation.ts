// The check of shared and slave binds at a start: what they share with must be a shared mount itself.
import { readFile, realpath } from 'node:fs/promises';
import { TritonError } from '#lib/wire/errors.ts';
import { isWithin } from './is-within.ts';
import { type Bind, cleanPath } from './oci-spec/binds.ts';

/** Throws TritonError VmStartFailed with dockerd's text. The sources are there. */
export async function checkPropagation(binds: readonly Bind[]): Promise<void> {
  const due = binds.filter(({ propagation, follows }) => !follows && /(shared|slave)$/.test(propagation));
  if (due.length === 0) return;
  const mountinfo = await readFile('/proc/self/mountinfo', 'utf8');
  for (const bind of due) {
    const why = refusal(mountinfo, bind, await realpath(bind.source));
    if (why !== null) throw new TritonError('VmStartFailed', 500, why);
  }
}

/** Why a bind cannot have its propagation; null when it can. `path`: its source without links. Pure. */
export function refusal(
  mountinfo: string,
  { source, propagation }: Pick<Bind, 'source' | 'propagation'>,
  path: string,
): string | null {
  const { point, tags } = mountOf(mountinfo, path);
  const sharing = propagation.endsWith('shared') ? ['shared'] : ['shared', 'master'];
  if (tags.some((tag) => sharing.includes(tag))) return null;
  const needed = sharing.length === 1 ? 'a shared' : 'a shared or slave';
  return `path ${cleanPath(source)} is mounted on ${point} but it is not ${needed} mount`;
}

/** The mount that a path is on: the deepest, and of several at one place the last. Its optional fields, without their numbers. */
function mountOf(mountinfo: string, path: string): { point: string; tags: string[] } {
  let found = { point: '/', tags: [] as string[] };
  for (const line of mountinfo.split('\n')) {
    const [, , , , escaped = '', , ...rest] = line.split(' ');
    const point = escaped.replace(/\\(\d{3})/g, (_, octal) => String.fromCharCode(Number.parseInt(octal, 8)));
    if (point === '' || !isWithin(path, point) || point.length < found.point.length) continue;
    found = { point, tags: rest.slice(0, rest.indexOf('-')).map((tag) => tag.split(':', 1)[0] ?? '') };
  }
  return found;
}
