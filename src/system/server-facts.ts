// What the datacenter's servers say of themselves, added up to the one host that Docker shows.
import type { Server } from '#lib/wire/types.ts';

/** The servers as one. Where they differ in kind, the first one speaks for all. */
export interface ServerFacts {
  /** null when there is not exactly one server. */
  hostname: string | null;
  cpus: number;
  /** bytes */
  memory: number;
  kernelVersion: string;
  operatingSystem: string;
  osVersion: string;
  /** As uname -m: 'x86_64'. */
  machine: string;
  storageDriver: string;
  backingFilesystem: string;
  /** The disk quota of a package holds. */
  diskQuotas: boolean;
  cgroupDriver: string;
  cgroupVersion: string;
  /** cgroup controllers; null where limits are not made by cgroups. */
  controllers: string[] | null;
  swapLimit: boolean;
  seccomp: boolean;
  appArmor: boolean;
  initPath: string;
  /** null = not told. */
  containerd: Component | null;
  runc: Component | null;
}

export interface Component {
  version: string;
  revision: string;
}

const MIB = 1024 * 1024;

/** A SmartOS server: zones of brand lx, which show this kernel (triton-wire §1.3), limited by resource controls. */
const SMARTOS = {
  kernelVersion: '3.13.0',
  operatingSystem: 'SmartOS',
  osVersion: '',
  machine: 'x86_64',
  storageDriver: 'zfs',
  backingFilesystem: '',
  diskQuotas: true,
  cgroupDriver: 'none',
  cgroupVersion: '1',
  controllers: null,
  swapLimit: true,
  seccomp: false,
  appArmor: false,
  initPath: '',
  containerd: null,
  runc: null,
};

/** When no server is known. */
const UNKNOWN = { ...SMARTOS, kernelVersion: '', operatingSystem: '', storageDriver: 'unknown' };

/** Pure. Servers that are not running do not count, unless none is. */
export function toServerFacts(servers: readonly Server[]): ServerFacts {
  const running = servers.filter((server) => server.status === 'running');
  const counted = running.length > 0 ? running : servers;
  const sum = (of: (server: Server) => number): number => counted.reduce((n, server) => n + of(server), 0);
  const hostname = counted.length === 1 ? counted[0]!.hostname : null;
  return { ...describe(counted), hostname, cpus: sum(cpusOf), memory: sum(memoryOf) };
}

function describe(servers: readonly Server[]): Omit<ServerFacts, 'hostname' | 'cpus' | 'memory'> {
  const linux = servers.map((server) => server.sysinfo?.Linux).find(isObject);
  if (linux === undefined) return servers.length === 0 ? UNKNOWN : SMARTOS;
  const text = (key: string): string => (typeof linux[key] === 'string' ? linux[key] : '');
  const controllers = linux.Controllers;
  return {
    kernelVersion: text('Kernel Version'),
    operatingSystem: text('Operating System'),
    osVersion: text('OS Version'),
    machine: text('Architecture') || 'x86_64',
    storageDriver: text('Storage Driver') || 'overlayfs',
    backingFilesystem: text('Backing Filesystem'),
    diskQuotas: linux['Disk Quotas'] === true,
    cgroupDriver: text('Cgroup Driver') || 'cgroupfs',
    cgroupVersion: text('Cgroup Version') || '2',
    controllers: Array.isArray(controllers) ? controllers.map(String) : [],
    swapLimit: linux['Swap Limit'] === true,
    seccomp: linux.Seccomp === true,
    appArmor: linux.AppArmor === true,
    initPath: text('Init Path'),
    containerd: component(text('Containerd Version'), text('Containerd Revision')),
    runc: component(text('Runc Version'), text('Runc Revision')),
  };
}

function component(version: string, revision: string): Component | null {
  return version === '' ? null : { version, revision };
}

function cpusOf({ sysinfo }: Server): number {
  return Number(sysinfo?.['CPU Total Cores']) || 0;
}

function memoryOf(server: Server): number {
  const { sysinfo, memory_total_bytes } = server;
  return (
    memory_total_bytes ||
    Number(sysinfo?.['Memory Total Bytes']) ||
    (Number(sysinfo?.['MiB of Memory']) || 0) * MIB
  );
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
