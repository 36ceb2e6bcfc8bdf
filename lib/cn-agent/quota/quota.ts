// Disk quotas of directory trees: project quotas of ext4 and xfs, through the little program beside this file.
import { execFile } from 'node:child_process';
import { access, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { TritonError } from '#lib/wire/errors.ts';

const run = promisify(execFile);
const PERL = '/usr/bin/perl';
const PROGRAM = join(import.meta.dirname, 'project.pl');
/** Beside a tree that has a limit: whoever deletes it has a number to give back. */
const MARK = 'quota';

/** Whether a limit would hold at both places; false also where it cannot be found out. */
export async function canLimit(paths: readonly string[]): Promise<boolean> {
  const answers = await Promise.all(paths.map((path) => ask(['able', path]).catch(() => false)));
  return answers.every(Boolean);
}

/**
 * All of `trees` together hold no more than so many bytes; 0 = as many as there is room. New and empty, or limited before.
 * `home` is the directory that has them: the mark is there first, so that a crash leaves no number that nobody gives back.
 * Throws TritonError QuotaFailed.
 */
export async function limitTrees(home: string, trees: readonly string[], bytes: number): Promise<void> {
  try {
    await writeFile(join(home, MARK), '', { mode: 0o600 });
    await ask(['limit', String(bytes), ...trees]);
  } catch (err) {
    throw new TritonError('QuotaFailed', 500, `failed to set a disk quota: ${(err as Error).message}`);
  }
}

/** Before a tree is deleted. Nothing to do where no limit was made. Idempotent. */
export async function releaseTree(home: string, tree: string): Promise<void> {
  if (!(await isLimited(home))) return;
  if (await exists(tree)) await ask(['release', tree]);
}

/** A limit was made for what is in `home`. */
export function isLimited(home: string): Promise<boolean> {
  return exists(join(home, MARK));
}

async function ask(words: string[]): Promise<boolean> {
  const { stdout } = await run(PERL, [PROGRAM, ...words], {
    cwd: '/',
    env: { LC_ALL: 'C' },
    timeout: 30_000,
  });
  return (JSON.parse(stdout) as { able: boolean }).able;
}

function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
