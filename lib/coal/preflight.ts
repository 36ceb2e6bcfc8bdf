// What CoaL needs of the machine, looked at before anything is made; each failing check is one line that says what to do.
import { execFileSync } from 'node:child_process';
import { accessSync, constants, existsSync, readFileSync, statfsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { FatalError } from '#lib/process/fatal.ts';

const PROGRAMS = ['runc', 'ip', 'nft', 'unshare', 'mount', 'perl'];
/** Less than this and the first container would fail half-way. Bytes. */
const MIN_FREE = 256 * 1024 * 1024;
/** statfs f_type of overlayfs and tmpfs (linux/magic.h). */
const OVERLAYFS = 0x794c7630;
const SYSTEM_PATH = ['/usr/local/sbin', '/usr/sbin', '/sbin', '/usr/local/bin', '/usr/bin', '/bin'];

/** `stateDir` exists. Throws FatalError. */
export function preflight(opts: { stateDir: string; ownContainerd: boolean }): void {
  if (process.platform !== 'linux')
    fail(`CoaL needs Linux (this is ${process.platform}); run it in a Linux virtual machine`);
  if (process.getuid?.() !== 0) fail("CoaL must be root: it starts containers; try 'sudo make run'");
  const missing = [...PROGRAMS, ...(opts.ownContainerd ? ['containerd'] : [])].filter(
    (name) => !onPath(name),
  );
  if (missing.length > 0) fail(`not installed: ${missing.join(', ')}; run 'tools/set-up.sh run'`);
  if (!existsSync('/sys/fs/cgroup/cgroup.controllers') && !existsSync('/sys/fs/cgroup/memory')) {
    fail('no cgroups at /sys/fs/cgroup: mount them (a container without --privileged cannot run CoaL)');
  }
  if (!hasOverlay()) fail("this kernel has no overlayfs: load it with 'modprobe overlay'");
  const disk = statfsSync(opts.stateDir);
  if (disk.type === OVERLAYFS) {
    fail(
      `${opts.stateDir} is itself on overlayfs, which cannot hold containers; set stateDir to a real disk`,
    );
  }
  const free = disk.bavail * disk.bsize;
  if (free < MIN_FREE) {
    fail(
      `the disk of ${opts.stateDir} is full (${Math.floor(free / 1024 / 1024)} MiB free): make room, or set stateDir`,
    );
  }
}

function fail(text: string): never {
  throw new FatalError(text);
}

function onPath(program: string): boolean {
  const dirs = [...(process.env.PATH ?? '').split(delimiter), ...SYSTEM_PATH];
  return dirs.some((dir) => {
    try {
      accessSync(join(dir, program), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
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
