// Images made of Debian packages, for tests with real servers: mmdebstrap unpacks the packages with all they depend on.
import { execFile } from 'node:child_process';
import { glob, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { type ImageOptions, pushBusybox, type Registry } from './registry.ts';

const exec = promisify(execFile);

/** What a server in a container has no use for, and the package database, whose times differ at each making. */
const USELESS = [
  'usr/share/doc',
  'usr/share/man',
  'usr/share/locale',
  'usr/share/perl',
  'var/lib/dpkg',
  'var/cache',
];

/** Pushes an image of these packages (unpacked, not configured) of this machine's own release. Needs the network. */
export async function pushDebian(
  registry: Registry,
  name: string,
  opts: {
    packages: string[];
    config: NonNullable<ImageOptions['config']>;
    finish?: (root: string) => Promise<void>;
  },
): Promise<void> {
  const release = /^VERSION_CODENAME=(.*)$/m.exec(await readFile('/etc/os-release', 'utf8'))?.[1] ?? 'stable';
  const root = async (dir: string): Promise<void> => {
    const include = `--include=${opts.packages.join(',')}`;
    await exec('mmdebstrap', ['--quiet', '--variant=extract', '--mode=root', include, release, dir], {
      maxBuffer: 16 << 20,
    });
    for await (const path of glob(USELESS, { cwd: dir }))
      await rm(join(dir, path), { recursive: true, force: true });
    await exec('install', ['-d', '-m', '1777', join(dir, 'tmp'), join(dir, 'data')]);
    // No package is configured: users are added by who needs them, and the shell is busybox.
    await writeFile(join(dir, 'etc/passwd'), 'root:x:0:0:root:/root:/bin/sh\n');
    await symlink('busybox', join(dir, 'bin/sh')).catch(() => {});
    await opts.finish?.(dir);
  };
  await pushBusybox(registry, name, 'latest', { root, config: opts.config });
}
