// Unmounts whatever is mounted at a path. Nothing of the agent deletes a folder in which something may be mounted.
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { isWithin } from '../is-within.ts';

const run = promisify(execFile);

/** Mount points at or below a path, deepest first. */
export async function mountsAt(path: string): Promise<string[]> {
  const text = await readFile('/proc/self/mountinfo', 'utf8');
  const points = text.split('\n').map((line) => line.split(' ')[4] ?? '');
  return points.filter((point) => isWithin(point, path)).sort((a, b) => b.length - a.length);
}

/** Also what is mounted below and above one another. Who has it open keeps it. */
export async function unmountAll(path: string): Promise<void> {
  for (let points = await mountsAt(path); points.length > 0; points = await mountsAt(path)) {
    for (const point of points) await run('umount', ['-l', point]);
  }
}
