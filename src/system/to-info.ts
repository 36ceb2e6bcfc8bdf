// The datacenter as Docker's system information, in the shape of the newest API version.
import { createHash } from 'node:crypto';
import type { Vm } from '#lib/wire/types.ts';
import type { DaemonConfig } from '#src/config.ts';
import { statusOf } from '#src/vm/state.ts';
import type { ServerFacts } from './server-facts.ts';

export interface InfoSources {
  config: DaemonConfig;
  /** login of who asks */
  account: string;
  serverVersion: string;
  vms: readonly Vm[];
  images: number;
  facts: ServerFacts;
  /** CNAPI did not answer. */
  stale: boolean;
  now: Date;
  openFiles: number;
}

export type Info = Record<string, unknown>;

const HUB = 'https://index.docker.io/v1/';
const CNAPI_SILENT =
  'WARNING: the compute node API does not answer: what is said of the servers may be old or missing';

/** Pure. */
export function toInfo(sources: InfoSources): Info {
  const { config, facts, now, vms } = sources;
  return {
    ID: daemonId(config),
    ...countContainers(vms),
    Images: sources.images,
    Driver: facts.storageDriver,
    DriverStatus: driverStatus(facts),
    Plugins: plugins(config),
    ...limits(facts),
    IPv4Forwarding: true,
    Debug: ['debug', 'trace'].includes(config.logLevel),
    NFd: sources.openFiles,
    NGoroutines: 0,
    SystemTime: now.toISOString(),
    LoggingDriver: config.logDriver,
    CgroupDriver: facts.cgroupDriver,
    CgroupVersion: facts.cgroupVersion,
    NEventsListener: 0,
    KernelVersion: facts.kernelVersion,
    OperatingSystem: facts.operatingSystem,
    OSVersion: facts.osVersion,
    OSType: 'linux',
    Architecture: facts.machine,
    IndexServerAddress: HUB,
    RegistryConfig: registryConfig(),
    NCPU: facts.cpus,
    MemTotal: facts.memory,
    GenericResources: null,
    DockerRootDir: config.stateDir,
    HttpProxy: '',
    HttpsProxy: '',
    NoProxy: '',
    Name: facts.hostname ?? config.datacenterName,
    Labels: [`triton.datacenter=${config.datacenterName}`, `triton.account=${sources.account}`],
    ExperimentalBuild: false,
    ServerVersion: sources.serverVersion,
    ...runtimes(),
    Swarm: swarm(),
    // Containers run on when this daemon stops.
    LiveRestoreEnabled: true,
    Isolation: '',
    InitBinary: facts.initPath || 'docker-init',
    ContainerdCommit: { ID: facts.containerd?.revision || 'N/A' },
    RuncCommit: { ID: facts.runc?.revision || 'N/A' },
    InitCommit: { ID: 'N/A' },
    SecurityOptions: securityOptions(facts),
    ...(facts.controllers === null ? {} : { FirewallBackend: { Driver: 'nftables' } }),
    CDISpecDirs: [],
    Warnings: warnings(sources),
  };
}

function driverStatus({ backingFilesystem, diskQuotas }: ServerFacts): [string, string][] {
  return [
    ...(backingFilesystem === '' ? [] : [['Backing Filesystem', backingFilesystem] as [string, string]]),
    ['Disk Quotas', diskQuotas ? 'true' : "false (a package's disk quota is not enforced)"],
  ];
}

/** A restarting container counts as stopped, as in dockerd. */
function countContainers(vms: readonly Vm[]): Info {
  const states = vms.map(statusOf);
  const running = states.filter((status) => status === 'running').length;
  const paused = states.filter((status) => status === 'paused').length;
  return {
    Containers: vms.length,
    ContainersRunning: running,
    ContainersPaused: paused,
    ContainersStopped: vms.length - running - paused,
  };
}

/** What `docker create` takes. dockerd does not count the driver `none`. */
function plugins({ enabledLogDrivers }: DaemonConfig): Info {
  return {
    Volume: ['local'],
    Network: ['bridge', 'null'],
    Authorization: null,
    Log: enabledLogDrivers.filter((name) => name !== 'none').sort(),
  };
}

function limits({ controllers, swapLimit, cgroupVersion }: ServerFacts): Info {
  const has = (name: string): boolean => controllers === null || controllers.includes(name);
  return {
    MemoryLimit: has('memory'),
    SwapLimit: swapLimit,
    CpuCfsPeriod: has('cpu'),
    CpuCfsQuota: has('cpu'),
    CPUShares: has('cpu'),
    CPUSet: has('cpuset'),
    PidsLimit: has('pids'),
    OomKillDisable: controllers !== null && cgroupVersion === '1',
  };
}

/** The names that `docker create --runtime` takes; a zone is no runtime to choose. */
function runtimes(): Info {
  const runc = { path: 'runc' };
  return { Runtimes: { 'io.containerd.runc.v2': runc, runc }, DefaultRuntime: 'runc' };
}

function securityOptions({ appArmor, seccomp, cgroupVersion, controllers }: ServerFacts): string[] {
  const options = appArmor ? ['name=apparmor'] : [];
  if (seccomp) options.push('name=seccomp,profile=builtin');
  if (controllers !== null && cgroupVersion === '2') options.push('name=cgroupns');
  return options;
}

function registryConfig(): Info {
  const hub = { Name: 'docker.io', Mirrors: [], Secure: true, Official: true };
  return {
    InsecureRegistryCIDRs: ['::1/128', '127.0.0.0/8'],
    IndexConfigs: { 'docker.io': hub },
    Mirrors: [],
  };
}

function swarm(): Info {
  return {
    NodeID: '',
    NodeAddr: '',
    LocalNodeState: 'inactive',
    ControlAvailable: false,
    Error: '',
    RemoteManagers: null,
  };
}

/** dockerd's words for what a Linux host cannot do. */
function warnings({ facts, stale }: InfoSources): string[] {
  const list = stale ? [CNAPI_SILENT] : [];
  if (facts.controllers === null) return list;
  const able = limits(facts);
  if (!able.MemoryLimit) list.push('WARNING: No memory limit support');
  if (!able.SwapLimit) list.push('WARNING: No swap limit support');
  if (!able.CpuCfsQuota) list.push('WARNING: No cpu cfs quota support');
  if (!able.CpuCfsPeriod) list.push('WARNING: No cpu cfs period support');
  if (!able.CPUShares) list.push('WARNING: No cpu shares support');
  if (!able.CPUSet) list.push('WARNING: No cpuset support');
  return list;
}

/** A uuid that stays as long as the datacenter and its admin account do. */
function daemonId({ datacenterName, adminUuid }: DaemonConfig): string {
  const hex = createHash('sha256').update(`sdc-docker ${datacenterName} ${adminUuid}`).digest('hex');
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12}).*$/, '$1-$2-$3-$4-$5');
}
