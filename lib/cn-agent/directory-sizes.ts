// How much is in directories of the node: layers of VMs, volumes.
import { spawn } from 'node:child_process';
import { dirname, relative } from 'node:path';
import type { Readable } from 'node:stream';
import { TritonError } from '#lib/wire/errors.ts';
import { SizeSums } from './size-sums.ts';

/** Directories that one find walks. */
const AT_ONCE = 200;
const TIMEOUT_MS = 120_000;

/**
 * Bytes by directory, counted as dockerd does: what files say they hold, each inode once, no directories. find follows no link, also none
 * that a container swaps in meanwhile. `dirs` are of one kind: the parents of their parents are one directory. `leftOut`: a link at a
 * path below each that does not count while it leads to `target`.
 */
export async function directorySizes(
  dirs: readonly string[],
  leftOut?: { path: string; target: string },
): Promise<Map<string, number>> {
  const sizes = new Map<string, number>();
  for (let at = 0; at < dirs.length; at += AT_ONCE) {
    for (const [dir, bytes] of await walk(dirs.slice(at, at + AT_ONCE), leftOut)) sizes.set(dir, bytes);
  }
  return sizes;
}

/** Short names keep the output short. */
async function walk(
  dirs: string[],
  leftOut?: { path: string; target: string },
): Promise<Map<string, number>> {
  const base = dirname(dirname(dirs[0]!));
  const names = new Map(dirs.map((dir) => [`./${relative(base, dir)}`, dir]));
  const args = [
    '-P',
    ...names.keys(),
    '-xdev',
    '!',
    '-type',
    'd',
    '-size',
    '+0',
    ...(leftOut
      ? ['!', '(', '-regex', `\\./[^/]+/[^/]+/${leftOut.path}`, '-lname', leftOut.target, ')']
      : []),
    '-printf',
    '%H %s %n %i\\n',
  ];
  const sums = new SizeSums();
  await find(base, args, (output) => sums.take(output));
  return new Map([...names].map(([name, dir]) => [dir, sums.of(name)]));
}

/** Exit codes say nothing: a file that vanishes during the walk makes one. */
async function find(cwd: string, args: string[], onText: (text: string) => void): Promise<void> {
  const child = spawn('find', args, { cwd, stdio: ['ignore', 'pipe', 'ignore'], timeout: TIMEOUT_MS });
  const output: Readable = child.stdout;
  output.setEncoding('latin1');
  output.on('data', onText);
  const { promise, resolve, reject } = Promise.withResolvers<NodeJS.Signals | null>();
  child.once('error', reject);
  child.once('close', (_code, signal) => resolve(signal));
  if ((await promise) !== null)
    throw new TritonError('InternalError', 500, 'the sizes could not be found out in time');
}
