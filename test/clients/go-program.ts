// Clients that are written in Go, built from the module proxy where there is Go; kept between runs, not part of the repository.
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { cp, mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { inTurn } from '#test/harness/turn.ts';

const exec = promisify(execFile);
/** Where clients are kept. */
export const CACHE = resolve(import.meta.dirname, '../../.clients');
const DOWNLOAD_MS = 3 * 60_000;
const BUILD_MS = 15 * 60_000;

export interface GoProgram {
  /** Its name in the cache. */
  name: string;
  /** 'github.com/docker/compose/v2@v2.40.3' */
  module: string;
  /** The package of its main, './cmd'. */
  main: string;
}

/** Its path. Built once, also where several tests want it. Throws when there is no Go, or the module or a dependency cannot be fetched. */
export function builtOfGo(wanted: GoProgram): Promise<string> {
  const program = join(CACHE, wanted.name);
  return inTurn('build of a client', program, async () => {
    if (!existsSync(program)) await build(wanted, program);
    return program;
  });
}

async function build({ module, main }: GoProgram, program: string): Promise<void> {
  const { stdout } = await exec('go', ['mod', 'download', '-json', module], { timeout: DOWNLOAD_MS });
  await mkdir(CACHE, { recursive: true });
  const dir = await mkdtemp(join(CACHE, 'build-'));
  try {
    // The module cache is read-only, and its go.mod must be the main one.
    const source = join(dir, 'source');
    await cp((JSON.parse(stdout) as { Dir: string }).Dir, source, { recursive: true });
    await exec('chmod', ['-R', 'u+w', source]);
    const env = { ...process.env, CGO_ENABLED: '0' };
    const options = { cwd: source, env, timeout: BUILD_MS };
    await exec('go', ['build', '-o', join(dir, 'program'), main], options);
    await rename(join(dir, 'program'), program);
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}
