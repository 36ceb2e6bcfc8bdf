// Removes a directory that somebody else has filled, a container or the sender of a build context: names of any bytes, paths of any length, links that are never followed.
import { execFile } from 'node:child_process';
import { readdir, rmdir, unlink } from 'node:fs/promises';
import { promisify } from 'node:util';

const run = promisify(execFile);
/** So many files are removed here; a program does it better where there are more. */
const FEW = 200;
const SLASH = Buffer.from('/');

/** Missing is fine. Nobody else writes below `path` any more. Throws Error with rm's words. */
export async function removeTree(path: string): Promise<void> {
  try {
    await removeFew(Buffer.from(path), { left: FEW });
  } catch {
    // Too many, too long a path, or it became something else: rm tells what cannot be done.
    await run('rm', ['-rf', '--one-file-system', '--', path], {
      env: { PATH: '/usr/bin:/bin', LC_ALL: 'C' },
    });
  }
}

async function removeFew(dir: Buffer, budget: { left: number }): Promise<void> {
  let entries: { name: Buffer; isDirectory(): boolean }[];
  try {
    entries = await readdir(dir, { withFileTypes: true, encoding: 'buffer' });
  } catch (err) {
    if ((err as NodeJS.ErrnoException).code === 'ENOENT') return;
    throw err;
  }
  budget.left -= entries.length;
  if (budget.left < 0) throw new Error('too many files');
  await Promise.all(
    entries.map((entry) => {
      const path = Buffer.concat([dir, SLASH, entry.name]);
      return entry.isDirectory() ? removeFew(path, budget) : unlink(path);
    }),
  );
  await rmdir(dir);
}
