// X-Docker-Container-Path-Stat: what is at a path, as base64 of JSON.
import type { ContainerPathStat } from '#lib/docker-vm/copy.ts';

export const PATH_STAT_HEADER = 'X-Docker-Container-Path-Stat';

/** Go's ModeSymlink, and what Triton's agent says in its place. */
const GO_SYMLINK = 2 ** 27;
const TRITON_SYMLINK = 2 ** 26;

/** Go's key order. The link that a real agent means is said in Go's bit. Pure. */
export function pathStatHeader(stat: ContainerPathStat): Record<string, string> {
  const { name, size, mtime, linkTarget } = stat;
  const mode = stat.mode === TRITON_SYMLINK && linkTarget !== '' ? GO_SYMLINK : stat.mode;
  const json = JSON.stringify({ name, size, mode, mtime, linkTarget });
  return { [PATH_STAT_HEADER]: Buffer.from(json).toString('base64') };
}
