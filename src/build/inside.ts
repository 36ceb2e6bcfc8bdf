// A path inside a folder of ours, with the links in it followed as if the folder were the root: none leads out.
import { lstat, readlink } from 'node:fs/promises';
import { join, posix } from 'node:path';

/** As many as the kernel follows. */
const MAX_LINKS = 40;

/** The real path on this machine, itself no link; null when there is nothing. `path` is relative to the folder, or absolute in it. */
export async function resolveInside(folder: string, path: string): Promise<string | null> {
  let links = 0;
  let done = '/';
  let left = partsOf(path);
  while (left.length > 0) {
    const [part, ...rest] = left as [string, ...string[]];
    left = rest;
    if (part === '..') {
      done = posix.dirname(done);
      continue;
    }
    const next = posix.join(done, part);
    const stat = await lstat(join(folder, next)).catch(() => null);
    if (stat === null) return null;
    if (!stat.isSymbolicLink()) {
      done = next;
      continue;
    }
    if (++links > MAX_LINKS) return null;
    const target = await readlink(join(folder, next));
    if (target.startsWith('/')) done = '/';
    left = [...partsOf(target), ...left];
  }
  return join(folder, done);
}

function partsOf(path: string): string[] {
  return path.split('/').filter((part) => part !== '' && part !== '.');
}
