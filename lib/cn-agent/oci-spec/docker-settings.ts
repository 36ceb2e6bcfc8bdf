// Reads what a VM record says of its container (docker:* metadata, then the image config) into one typed object.
import { shortId } from '#lib/docker-vm/ids.ts';
import { MD } from '#lib/docker-vm/metadata.ts';
import { TritonError } from '#lib/wire/errors.ts';
import type { Vm } from '#lib/wire/types.ts';

export interface HostConfigMount {
  Type: string;
  Source?: string;
  Target: string;
  ReadOnly?: boolean;
  BindOptions?: {
    Propagation?: string;
    NonRecursive?: boolean;
    CreateMountpoint?: boolean;
    ReadOnlyNonRecursive?: boolean;
    ReadOnlyForceRecursive?: boolean;
  } | null;
  TmpfsOptions?: { SizeBytes?: number; Mode?: number; Options?: string[][] | null } | null;
}

export interface DeviceMapping {
  PathOnHost: string;
  PathInContainer: string;
  CgroupPermissions: string;
}

/** One entry of HostConfig.PortBindings, by '80/tcp'. HostPort: '', '8080' or '8000-8010'. */
export interface PortRequest {
  HostIp?: string;
  HostPort?: string;
}

/** Of --gpus. */
export interface DeviceRequest {
  Driver?: string;
  Capabilities?: string[][] | null;
}

/** The fields of Docker's HostConfig that shape a run; Docker sends null for an empty list. */
export interface HostConfig {
  Annotations?: Record<string, string> | null;
  Binds?: string[] | null;
  BlkioDeviceReadBps?: { Path: string; Rate: number }[] | null;
  BlkioDeviceReadIOps?: { Path: string; Rate: number }[] | null;
  BlkioDeviceWriteBps?: { Path: string; Rate: number }[] | null;
  BlkioDeviceWriteIOps?: { Path: string; Rate: number }[] | null;
  BlkioWeight?: number;
  BlkioWeightDevice?: { Path: string; Weight: number }[] | null;
  CapAdd?: string[] | null;
  CapDrop?: string[] | null;
  CgroupnsMode?: string;
  CgroupParent?: string;
  ConsoleSize?: [number, number] | null;
  CpuPeriod?: number;
  CpuQuota?: number;
  CpuRealtimePeriod?: number;
  CpuRealtimeRuntime?: number;
  CpusetCpus?: string;
  CpusetMems?: string;
  CpuShares?: number;
  DeviceCgroupRules?: string[] | null;
  DeviceRequests?: DeviceRequest[] | null;
  Devices?: DeviceMapping[] | null;
  Dns?: string[] | null;
  DnsOptions?: string[] | null;
  DnsSearch?: string[] | null;
  ExtraHosts?: string[] | null;
  GroupAdd?: string[] | null;
  Init?: boolean | null;
  IpcMode?: string;
  MaskedPaths?: string[] | null;
  Memory?: number;
  MemoryReservation?: number;
  MemorySwap?: number;
  MemorySwappiness?: number | null;
  Mounts?: HostConfigMount[] | null;
  NanoCpus?: number;
  NetworkMode?: string;
  OomKillDisable?: boolean | null;
  OomScoreAdj?: number;
  PidMode?: string;
  PidsLimit?: number | null;
  PortBindings?: Record<string, PortRequest[] | null> | null;
  Privileged?: boolean;
  PublishAllPorts?: boolean;
  ReadonlyPaths?: string[] | null;
  ReadonlyRootfs?: boolean;
  SecurityOpt?: string[] | null;
  ShmSize?: number;
  StorageOpt?: Record<string, string> | null;
  Sysctls?: Record<string, string> | null;
  Tmpfs?: Record<string, string> | null;
  Ulimits?: { Name: string; Soft: number; Hard: number }[] | null;
  UTSMode?: string;
}

/** A container's settings, merged. */
export interface DockerSettings {
  /** 64 hex. */
  id: string;
  entrypoint: string[];
  cmd: string[];
  env: string[];
  /** As in Config.User; '' = root. For resolveUser. */
  user: string;
  workdir: string;
  tty: boolean;
  hostname: string;
  /** False when `hostname` is only the short id. */
  hostnameAsked: boolean;
  domainname: string;
  /** '80/tcp' of Config.ExposedPorts. */
  exposedPorts: string[];
  hostConfig: HostConfig;
}

/**
 * The settings of a VM. Metadata wins over docker:config, that over the image: the Docker side has merged the image in
 * already, so the image only counts where the metadata is silent (a VM made by somebody else).
 * Throws TritonError VmStartFailed when a JSON value in the metadata is broken.
 */
export function dockerSettings(vm: Vm, imageConfig: Record<string, unknown>): DockerSettings {
  const md = vm.internal_metadata;
  const config = object(md, MD.config);
  const image = asObject(imageConfig.config ?? imageConfig.container_config);
  const id = String(md[MD.id] ?? vm.uuid.replaceAll('-', '').padEnd(64, '0'));
  const explicit = md[MD.cmd] !== undefined || md[MD.entrypoint] !== undefined;
  return {
    id,
    entrypoint: list(md, MD.entrypoint) ?? strings(config.Entrypoint ?? (explicit ? null : image.Entrypoint)),
    cmd: list(md, MD.cmd) ?? strings(config.Cmd ?? (explicit ? null : image.Cmd)),
    env: list(md, MD.env) ?? strings(config.Env ?? image.Env),
    user: text(md[MD.user] ?? config.User ?? image.User),
    workdir: text(md[MD.workdir] ?? config.WorkingDir ?? image.WorkingDir),
    tty: md[MD.tty] === true || md[MD.tty] === 'true' || config.Tty === true,
    hostname: text(config.Hostname) || vm.hostname || shortId(id),
    hostnameAsked: ![undefined, '', shortId(id)].includes(text(config.Hostname) || vm.hostname),
    domainname: text(config.Domainname) || vm.dns_domain || '',
    exposedPorts: Object.keys(asObject(config.ExposedPorts ?? image.ExposedPorts)),
    hostConfig: object(md, MD.hostConfig) as HostConfig,
  };
}

function parse(md: Vm['internal_metadata'], key: string): unknown {
  const value = md[key];
  if (typeof value !== 'string' || value === '') return null;
  try {
    return JSON.parse(value);
  } catch {
    throw new TritonError('VmStartFailed', 500, `internal_metadata ${key} is not valid JSON`);
  }
}

function object(md: Vm['internal_metadata'], key: string): Record<string, unknown> {
  return asObject(parse(md, key));
}

function asObject(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : {};
}

function list(md: Vm['internal_metadata'], key: string): string[] | null {
  const value = parse(md, key);
  return Array.isArray(value) ? strings(value) : null;
}

function strings(value: unknown): string[] {
  return Array.isArray(value) ? value.map(String) : [];
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
