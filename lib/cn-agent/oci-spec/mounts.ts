// The mount table of a container: the kernel's filesystems, the three files of /etc, binds, volumes, tmpfs, init.

import { TritonError } from '#lib/wire/errors.ts';
import { type Bind, bindOptions, mountPoint } from './binds.ts';
import type { DockerSettings, HostConfig } from './docker-settings.ts';
import { cgroupMode } from './namespaces.ts';
import { INIT_IN_CONTAINER, switchOf, usesInit } from './process.ts';
import { tmpfsOptions, tmpfsText } from './tmpfs-options.ts';
import type { OciMount, SpecInput } from './types.ts';
import { allBinds } from './volume-binds.ts';

/** Docker's default size of /dev/shm: 64 MiB. */
export const SHM_SIZE = 64 * 1024 * 1024;
/** These stay writable with --read-only. */
const ALWAYS_WRITABLE = ['/proc', '/dev/pts', '/dev/shm', '/dev/mqueue', '/dev'];

/** Mounts in the order runc makes them: defaults, then the user's by depth, so that a parent never hides a child. */
export function mounts(input: SpecInput, settings: DockerSettings): OciMount[] {
  const host = settings.hostConfig;
  const users = userMounts(input, host);
  const taken = new Set(users.map((mount) => mount.destination));
  const own = defaultMounts(input, host).filter(
    ({ destination }) => !taken.has(destination) && !(taken.has('/dev') && destination.startsWith('/dev/')),
  );
  const all = [...own, ...users.toSorted((a, b) => depth(a) - depth(b)), ...initMount(input, host)];
  return all.map((mount) =>
    host.ReadonlyRootfs && !taken.has(mount.destination) && !ALWAYS_WRITABLE.includes(mount.destination)
      ? { ...mount, options: [...new Set([...mount.options, 'ro'])] }
      : mount,
  );
}

function defaultMounts(input: SpecInput, host: HostConfig): OciMount[] {
  const locked = ['nosuid', 'noexec', 'nodev'];
  const readonly = host.Privileged ? [] : ['ro'];
  return [
    mount('/proc', 'proc', 'proc', locked),
    mount('/dev', 'tmpfs', 'tmpfs', ['nosuid', 'strictatime', 'mode=755', 'size=65536k']),
    mount('/dev/pts', 'devpts', 'devpts', [
      'nosuid',
      'noexec',
      'newinstance',
      'ptmxmode=0666',
      'mode=0620',
      'gid=5',
    ]),
    mount('/sys', 'sysfs', 'sysfs', [...locked, ...readonly]),
    mount('/sys/fs/cgroup', 'cgroup', 'cgroup', [
      ...locked,
      ...(writableCgroups(input, host) ? [] : readonly),
    ]),
    mount('/dev/mqueue', 'mqueue', 'mqueue', locked),
    ...shm(input, host),
  ];
}

/** --security-opt writable-cgroups. On v1, or in the host's cgroup namespace, it would be a way out. Throws TritonError VmStartFailed. */
function writableCgroups(input: SpecInput, host: HostConfig): boolean {
  if (!switchOf(host, 'writable-cgroups')) return false;
  if (input.host.cgroup === 'v2' && cgroupMode(input, host) === 'private') return true;
  const text = 'writable cgroups need cgroup v2 and a cgroup namespace of their own';
  throw new TritonError('VmStartFailed', 400, text);
}

function shm(input: SpecInput, host: HostConfig): OciMount[] {
  const mode = host.IpcMode ?? '';
  const bind = ['rbind', 'rprivate'];
  if (mode === 'none') return [];
  if (mode === 'host') return [mount('/dev/shm', 'bind', '/dev/shm', bind)];
  if (input.shmPath !== undefined) return [mount('/dev/shm', 'bind', input.shmPath, bind)];
  const options = ['nosuid', 'noexec', 'nodev', 'mode=1777', `size=${host.ShmSize || SHM_SIZE}`];
  return [mount('/dev/shm', 'tmpfs', 'shm', options)];
}

/** What replaces a default of the same path. The files of /etc are in it, but a bind of the user's wins over them. */
function userMounts(input: SpecInput, host: HostConfig): OciMount[] {
  const binds = allBinds(input.vm, host, input.volumes ?? []);
  const list = [
    ...binds.map((bind) =>
      mount(bind.destination, 'bind', bind.source, bindOptions(bind, input.host.kernel)),
    ),
    ...Object.entries(host.Tmpfs ?? {}).map(([path, text]) => tmpfs(path, text)),
    ...(host.Mounts ?? [])
      .filter(({ Type }) => Type === 'tmpfs')
      .map((spec) => tmpfs(spec.Target, tmpfsText(spec))),
  ];
  const taken = new Set(list.map(({ destination }) => destination));
  return [...list, ...etcFiles(input, host).filter(({ destination }) => !taken.has(destination))];
}

function etcFiles(input: SpecInput, host: HostConfig): OciMount[] {
  const options = ['rbind', ...(host.ReadonlyRootfs ? ['ro'] : []), 'rprivate'];
  const { resolvConf, hostname, hosts } = input.etc;
  return [
    mount('/etc/resolv.conf', 'bind', resolvConf, options),
    mount('/etc/hostname', 'bind', hostname, options),
    mount('/etc/hosts', 'bind', hosts, options),
  ];
}

function initMount(input: SpecInput, host: HostConfig): OciMount[] {
  if (!usesInit(host)) return [];
  if (input.host.initPath === null)
    throw new TritonError('VmStartFailed', 500, 'exec: "docker-init": executable file not found in $PATH');
  return [mount(INIT_IN_CONTAINER, 'bind', input.host.initPath, ['bind', 'ro'])];
}

function tmpfs(path: string, text: string): OciMount {
  return mount(mountPoint(path), 'tmpfs', 'tmpfs', tmpfsOptions(text));
}

function mount(destination: string, type: string, source: string, options: string[]): OciMount {
  return { destination, type, source, options };
}

function depth({ destination }: OciMount): number {
  return destination.split('/').length;
}

/** Propagation that the root mount needs so that shared or slave binds work; undefined = runc's default. */
export function rootfsPropagation(binds: Bind[]): string | undefined {
  if (binds.some(({ propagation }) => propagation.endsWith('shared'))) return 'shared';
  if (binds.some(({ propagation }) => propagation.endsWith('slave'))) return 'rslave';
  return undefined;
}
