// Files that not even their owner may read: made readable for us, with the mode they have kept beside.
import { execFile } from 'node:child_process';
import { chmod } from 'node:fs/promises';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** Modes by path, of those that had to be changed. */
export type HiddenModes = Map<string, number>;

const EXPRESSION = [
  '(',
  '-type',
  'd',
  '!',
  '-perm',
  '-0700',
  '-prune',
  '-o',
  '-type',
  'f',
  '!',
  '-perm',
  '-0400',
  ')',
];
/** A directory that opens may hold others. */
const MAX_DEPTH = 100;
const MAX_TEXT = 64 * 1024 * 1024;

/** Everything in the folder can be read afterwards. */
export async function makeReadable(folder: string): Promise<HiddenModes> {
  const modes: HiddenModes = new Map();
  for (let depth = 0; depth < MAX_DEPTH; depth++) {
    const args = ['-P', folder, ...EXPRESSION, '-printf', '%m %y %p\\0'];
    const { stdout } = await run('find', args, { maxBuffer: MAX_TEXT });
    const found = stdout.split('\0').filter((row) => row !== '');
    for (const row of found) {
      const [, mode = '', type = '', path = ''] = /^(\d+) (.) ([\s\S]*)$/.exec(row) ?? [];
      const now = Number.parseInt(mode, 8);
      modes.set(path, now);
      await chmod(path, now | (type === 'd' ? 0o700 : 0o400));
    }
    if (found.length === 0) break;
  }
  return modes;
}
