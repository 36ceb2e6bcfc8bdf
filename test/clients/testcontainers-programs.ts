// What the test of testcontainers needs of others: its npm package, and Ryuk, which clears away after a test that was killed.
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chmod, copyFile, mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { pushBusybox, type Registry } from '#test/harness/registry.ts';
import { builtOfGo, CACHE } from './go-program.ts';

const exec = promisify(execFile);
const PACKAGE = 'testcontainers@12.0.4';
/** The image that this release of the package asks for. */
const RYUK = {
  name: 'testcontainers/ryuk',
  tag: '0.14.0',
  module: 'github.com/testcontainers/moby-ryuk@v0.14.0',
};
const INSTALL_MS = 3 * 60_000;

/** The folder that programs find the package from. Throws when the registry does not give it. */
export async function installTestcontainers(): Promise<string> {
  const dir = join(CACHE, PACKAGE);
  if (existsSync(dir)) return dir;
  await mkdir(CACHE, { recursive: true });
  const work = await mkdtemp(join(CACHE, 'install-'));
  try {
    await writeFile(join(work, 'package.json'), '{"private":true,"type":"module"}');
    const install = ['install', '--ignore-scripts', '--no-audit', '--no-fund', PACKAGE];
    await exec('npm', install, { cwd: work, timeout: INSTALL_MS });
    await rename(work, dir);
  } finally {
    await rm(work, { recursive: true, force: true });
  }
  return dir;
}

/** Builds Ryuk. Throws when there is no Go, or the proxy does not have it. */
export function buildRyuk(): Promise<string> {
  return builtOfGo({ name: `ryuk-${RYUK.tag}`, module: RYUK.module, main: '.' });
}

/** The image of it. */
export async function pushRyuk(registry: Registry, program: string): Promise<void> {
  await pushBusybox(registry, RYUK.name, RYUK.tag, {
    config: { Cmd: ['/bin/ryuk'], Env: ['PATH=/bin'], Labels: { 'org.testcontainers.ryuk': 'true' } },
    root: async (root) => {
      await mkdir(join(root, 'bin'), { recursive: true });
      await copyFile(program, join(root, 'bin/ryuk'));
      await chmod(join(root, 'bin/ryuk'), 0o755);
    },
  });
}
