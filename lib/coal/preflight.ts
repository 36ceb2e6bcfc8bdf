// What CoaL needs of the machine, looked at before anything is made; each failing check is one line that says what to do.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, statfsSync } from 'node:fs';
import { FatalError } from '#lib/process/fatal.ts';
import { completePath, isOnPath } from '#lib/process/system-path.ts';
import type { CoalConfig } from './config.ts';
import { type Link, overlapping } from './overlapping.ts';

const PROGRAMS = ['runc', 'ip', 'nft', 'unshare', 'mount', 'perl'];
/** Less than this and the first container would fail half-way. Bytes. */
const MIN_FREE = 256 * 1024 * 1024;
/** statfs f_type of overlayfs and tmpfs (linux/magic.h). */
const OVERLAYFS = 0x794c7630;

/** Makes stateDir when it is not there. Throws FatalError. */
export function preflight(config: Readonly<CoalConfig>): void {
  if (process.platform !== 'linux')
    fail(`CoaL needs Linux (this is ${process.platform}); run it in a Linux virtual machine`);
  if (process.getuid?.() !== 0) fail("must be root: CoaL starts containers; try 'sudo make run'");
  const path = completePath(process.env.PATH);
  const programs = [...PROGRAMS, ...(config.containerd.own ? ['containerd'] : [])];
  const missing = programs.filter((name) => !isOnPath(name, path));
  if (missing.length > 0) fail(`not installed: ${missing.join(', ')}; run 'tools/set-up.sh run'`);
  if (!existsSync('/sys/fs/cgroup/cgroup.controllers') && !existsSync('/sys/fs/cgroup/memory')) {
    fail('no cgroups at /sys/fs/cgroup: mount them (a container without --privileged cannot run CoaL)');
  }
  if (!hasOverlay()) fail("this kernel has no overlayfs: load it with 'modprobe overlay'");
  checkDisk(config.stateDir);
  checkSubnet(config.network, path);
}

function checkSubnet({ subnet, bridge }: CoalConfig['network'], path: string): void {
  const told = execFileSync('ip', ['-json', '-4', 'address'], {
    encoding: 'utf8',
    env: { ...process.env, PATH: path },
  });
  const taken = overlapping(subnet, bridge, JSON.parse(told) as Link[]);
  if (taken !== null)
    fail(`the subnet ${subnet} is taken by ${taken} of this machine; set coal.network.subnet to a free one`);
}

function checkDisk(stateDir: string): void {
  // The daemon's own folder is below; it must be able to pass.
  mkdirSync(stateDir, { recursive: true, mode: 0o711 });
  const disk = statfsSync(stateDir);
  if (disk.type === OVERLAYFS)
    fail(`${stateDir} is itself on overlayfs, which cannot hold containers; set stateDir to a real disk`);
  const free = disk.bavail * disk.bsize;
  const MiB = Math.floor(free / 1024 / 1024);
  if (free < MIN_FREE) fail(`the disk of ${stateDir} is full (${MiB} MiB free): make room, or set stateDir`);
}

function fail(text: string): never {
  throw new FatalError(text);
}

function hasOverlay(): boolean {
  const known = (): boolean => /\toverlay$/m.test(readFileSync('/proc/filesystems', 'utf8'));
  if (known()) return true;
  try {
    execFileSync('modprobe', ['overlay'], { stdio: 'ignore' });
  } catch {
    return false;
  }
  return known();
}
