// The composes that a test can run: Debian's docker-compose 1.29, and compose v2 and v5 built from the Go module proxy where there is Go.
import { execFile } from 'node:child_process';
import { access, chmod, cp, mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { inTurn } from '#test/harness/turn.ts';

const exec = promisify(execFile);
/** The last v2, and the last v5 whose dependencies the module proxy gave to us. */
const RELEASES = ['github.com/docker/compose/v2@v2.40.3', 'github.com/docker/compose/v5@v5.6.0'];
/** Kept between runs; not part of the repository. */
const CACHE = resolve(import.meta.dirname, '../../.clients');
const BUILD_MS = 15 * 60_000;

export interface Compose {
  name: string;
  program: string;
  /** Between project and service in a container's name. */
  separator: '_' | '-';
}

/** Those of this machine, with the reason for each that is missing. */
export async function findComposes(): Promise<{ composes: Compose[]; missing: string[] }> {
  const composes: Compose[] = [];
  const missing: string[] = [];
  const v1 = await exec('docker-compose', ['version', '--short']).then(
    ({ stdout }) => stdout.trim(),
    (err: Error) => `docker-compose: ${err.message}`,
  );
  if (v1.startsWith('1.')) composes.push({ name: v1, program: 'docker-compose', separator: '_' });
  else missing.push(v1);
  for (const release of RELEASES) {
    const version = release.split('@')[1]!;
    try {
      composes.push({ name: version, program: await built(release, version), separator: '-' });
    } catch (err) {
      missing.push(`compose ${version}: ${(err as Error).message.split('\n').slice(0, 3).join(' ')}`);
    }
  }
  return { composes, missing };
}

/** Builds it once, also where several tests want it. Throws when there is no Go, or the module or a dependency cannot be fetched. */
function built(release: string, version: string): Promise<string> {
  const program = join(CACHE, `docker-compose-${version}`);
  return inTurn('build of a compose', program, async () => {
    const isThere = await access(program).then(
      () => true,
      () => false,
    );
    if (!isThere) await build(release, program);
    return program;
  });
}

async function build(release: string, program: string): Promise<void> {
  const { stdout } = await exec('go', ['mod', 'download', '-json', release], { timeout: BUILD_MS });
  await mkdir(CACHE, { recursive: true });
  const dir = await mkdtemp(join(CACHE, 'build-'));
  try {
    // The module cache is read-only, and its go.mod must be the main one.
    const source = join(dir, 'source');
    await cp((JSON.parse(stdout) as { Dir: string }).Dir, source, { recursive: true });
    await exec('chmod', ['-R', 'u+w', source]);
    await exec('go', ['build', '-o', join(dir, 'program'), './cmd'], { cwd: source, timeout: BUILD_MS });
    await chmod(join(dir, 'program'), 0o755);
    await rename(join(dir, 'program'), program);
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}
