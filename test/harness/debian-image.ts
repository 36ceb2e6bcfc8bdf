// Images made of Debian packages, for tests with real servers: mmdebstrap unpacks the packages with all they depend on.
import { execFile } from 'node:child_process';
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { type ImageOptions, pushBusybox, type Registry } from './registry.ts';

const exec = promisify(execFile);

/** What a server in a container has no use for, and the package database, whose times differ at each making. */
const USELESS = ['usr/share/doc', 'usr/share/man', 'usr/share/locale', 'usr/share/perl', 'var/lib/dpkg', 'var/cache'];

/** Pushes an image of these packages (unpacked, not configured) of this machine's own release. Needs the network. */
export async function pushDebian(
  registry: Registry,
  name: string,
  { packages, config }: { packages: string[]; config: NonNullable<ImageOptions['config']> },
): Promise<void> {
  const release = /^VERSION_CODENAME=(.*)$/m.exec(await readFile('/etc/os-release', 'utf8'))?.[1] ?? 'stable';
  const root = async (dir: string): Promise<void> => {
    const include = `--include=${packages.join(',')}`;
    await exec('mmdebstrap', ['--quiet', '--variant=extract', '--mode=root', include, release, dir], {
      maxBuffer: 16 << 20,
    });
    for (const path of USELESS) await rm(join(dir, path), { recursive: true, force: true });
    // Packages leave their programs' alternatives and users to scripts that did not run.
    await exec('install', ['-d', '-m', '1777', join(dir, 'tmp'), join(dir, 'data')]);
  };
  await pushBusybox(registry, name, 'latest', { root, config });
}
