// The words of the OCI runtime spec that we write, and what the builder needs to know to write them.
import type { Vm } from '#lib/wire/types.ts';

export interface OciUser {
  uid: number;
  gid: number;
  additionalGids?: number[];
}

export interface OciCapabilities {
  bounding: string[];
  effective: string[];
  permitted: string[];
  inheritable?: string[];
  ambient?: string[];
}

export interface OciRlimit {
  type: string;
  soft: number;
  hard: number;
}

export interface OciProcess {
  terminal?: boolean;
  consoleSize?: { height: number; width: number };
  user: OciUser;
  args: string[];
  env: string[];
  cwd: string;
  capabilities: OciCapabilities;
  rlimits?: OciRlimit[];
  noNewPrivileges?: boolean;
  apparmorProfile?: string;
  oomScoreAdj?: number;
}

export interface OciMount {
  destination: string;
  type: string;
  source: string;
  options: string[];
}

export interface OciNamespace {
  type: 'pid' | 'network' | 'mount' | 'ipc' | 'uts' | 'user' | 'cgroup';
  path?: string;
}

export interface OciDevice {
  path: string;
  type: string;
  major: number;
  minor: number;
  fileMode?: number;
  uid?: number;
  gid?: number;
}

export interface OciDeviceRule {
  allow: boolean;
  type?: string;
  major?: number;
  minor?: number;
  access: string;
}

export interface OciBlkioThrottle {
  major: number;
  minor: number;
  rate: number;
}

export interface OciResources {
  devices?: OciDeviceRule[];
  memory?: {
    limit?: number;
    reservation?: number;
    swap?: number;
    swappiness?: number;
    disableOOMKiller?: boolean;
  };
  cpu?: {
    shares?: number;
    quota?: number;
    period?: number;
    realtimeRuntime?: number;
    realtimePeriod?: number;
    cpus?: string;
    mems?: string;
  };
  pids?: { limit: number };
  blockIO?: {
    weight?: number;
    weightDevice?: { major: number; minor: number; weight: number }[];
    throttleReadBpsDevice?: OciBlkioThrottle[];
    throttleWriteBpsDevice?: OciBlkioThrottle[];
    throttleReadIOPSDevice?: OciBlkioThrottle[];
    throttleWriteIOPSDevice?: OciBlkioThrottle[];
  };
  unified?: Record<string, string>;
}

export interface OciSeccompArg {
  index: number;
  value: number;
  valueTwo?: number;
  op: string;
}

export interface OciSeccomp {
  defaultAction: string;
  defaultErrnoRet?: number;
  architectures?: string[];
  flags?: string[];
  syscalls: { names: string[]; action: string; errnoRet?: number; args?: OciSeccompArg[] }[];
}

/** An OCI runtime spec (config.json) for Linux, as far as we write it. */
export interface OciSpec {
  ociVersion: string;
  process: OciProcess;
  root: { path: string; readonly: boolean };
  hostname?: string;
  mounts: OciMount[];
  annotations?: Record<string, string>;
  linux: {
    sysctl?: Record<string, string>;
    resources: OciResources;
    cgroupsPath: string;
    namespaces: OciNamespace[];
    devices: OciDevice[];
    seccomp?: OciSeccomp;
    maskedPaths?: string[];
    readonlyPaths?: string[];
    rootfsPropagation?: string;
  };
}

/** What differs from machine to machine; `readHostFacts` (host-facts.ts) gathers it once at start. */
export interface HostFacts {
  /** hybrid: v1 controllers, and a v2 tree without controllers. It counts as v1 for limits. */
  cgroup: 'v1' | 'v2' | 'hybrid';
  /** The capability bounding set of this process, as 'CAP_CHOWN', ...: nobody below us can have more. */
  capabilities: string[];
  /** x86_64 kernel with the x32 ABI: the seccomp filter must then cover it too. */
  x32: boolean;
  /** Node's process.arch: 'x64', 'arm64'. */
  arch: string;
  /** [major, minor] of the kernel, for rules that depend on it. */
  kernel: [number, number];
  memoryBytes: number;
  cpus: number;
  /** A static init (tini) on the host for --init; null when none is installed. */
  initPath: string | null;
  /** Docker's default profile (made from etc/seccomp.json); null when the kernel has no seccomp. */
  seccomp: SeccompProfile | null;
  /** Controllers that exist, to leave out what the kernel would refuse ('memory', 'pids', 'cpu', 'cpuset', 'blkio'). */
  controllers: string[];
  /** blkio.weight or blkio.bfq.weight (v1), io.weight or io.bfq.weight (v2) is there. */
  blkioWeight: boolean;
  /** The host's own name, which a container in the host's UTS or network namespace shows. */
  hostname: string;
  /** /sys/devices/system/cpu/cpuN/thermal_throttle of every cpu that has one: masked. */
  thermalThrottle: string[];
  /** Names of the AppArmor profiles that are loaded; null where the kernel has no AppArmor. */
  appArmor: string[] | null;
  /** cpu.rt_runtime_us is there. */
  cpuRealtime: boolean;
  /** memory.memsw.limit_in_bytes (v1) or memory.swap.max (v2) is there. */
  swapLimit: boolean;
}

/**
 * A seccomp profile: Docker's own JSON form, so that a profile given by `--security-opt seccomp=FILE` and the default go one way.
 */
export interface SeccompProfile {
  defaultAction: string;
  defaultErrnoRet?: number;
  /** Docker's archMap; or `architectures`, taken as they are. */
  archMap?: { architecture: string; subArchitectures?: string[] | null }[] | null;
  architectures?: string[] | null;
  flags?: string[] | null;
  syscalls: {
    name?: string;
    names?: string[];
    action: string;
    errnoRet?: number;
    args?: OciSeccompArg[] | null;
    includes?: SeccompFilter | null;
    excludes?: SeccompFilter | null;
  }[];
}

export interface SeccompFilter {
  caps?: string[] | null;
  arches?: string[] | null;
  /** 'major.minor' */
  minKernel?: string;
}

/** The user a process runs as, resolved against the container's own /etc/passwd and /etc/group (resolve-user.ts). */
export interface ResolvedUser {
  uid: number;
  gid: number;
  /** Supplementary groups without the primary one. */
  additionalGids: number[];
}

/** Everything that `buildSpec` needs. It reads nothing itself. */
export interface SpecInput {
  /** Whole record: internal_metadata (lib/docker-vm/metadata.ts), nics, limits. */
  vm: Vm;
  /** Docker image config JSON; its `config` fills in what the metadata does not say. */
  imageConfig: Record<string, unknown>;
  host: HostFacts;
  /** Network namespace (ContainerNet.acquire(...).path); null = the host's (--network host). */
  netnsPath: string | null;
  /** First component of the cgroup path: etc/coal.json coal.containerd.cgroupParent. HostConfig.CgroupParent wins over it. */
  cgroupParent: string;
  /** Files on the host, from writeEtcFiles (etc-files/write.ts). */
  etc: { hosts: string; hostname: string; resolvConf: string };
  /** For docker:user (or the image's User), from resolveUser. */
  user: ResolvedUser;
  /** OCI root.path; 'rootfs' (the default) is where containerd's runc shim mounts it, relative to the bundle. */
  rootfs?: string;
  /**
   * Namespaces of other containers for `--pid container:X`, `--ipc container:X`: '/proc/<pid>/ns/pid' and so on.
   * buildSpec throws when HostConfig asks for one and it is not here.
   */
  joinNamespaces?: { pid?: string; ipc?: string };
  /** The name of the container whose network is joined. */
  hostname?: string;
  /** Host directory for /dev/shm with `--ipc shareable` and `container:X`; the other modes need none. */
  shmPath?: string;
  /** From `readHostDevices` (host-devices.ts): HostConfig.Devices, and all of the host's for --privileged. */
  devices?: { device: OciDevice; access: string }[];
  /** Likewise: path → [major, minor] of the block devices that BlkioDevice… and BlkioWeightDevice name. */
  deviceNumbers?: Record<string, [number, number]>;
  /** From `volumeBinds` (volume-binds.ts): what is mounted beside HostConfig.Binds and Mounts of type bind. */
  volumes?: VolumeBind[];
}

/** A volume, or a bind taken over from another container: host path → container path. */
export interface VolumeBind {
  source: string;
  destination: string;
  readonly: boolean;
  /** 'rprivate' when absent. */
  propagation?: string;
  /** true when absent: with the mounts below it. */
  recursive?: boolean;
  /** true when absent: these are read-only too. */
  recursiveReadonly?: boolean;
}

/** Everything that `buildExecProcess` needs for one `docker exec`. */
export interface ExecInput {
  /** The spec that the container runs with. */
  spec: OciSpec;
  host: HostFacts;
  cmd: string[];
  /** 'K=V' over the container's; 'K' alone takes it away. */
  env: string[];
  /** null = the container's own cwd. */
  workingDir: string | null;
  /** null = the container's own user. */
  user: ResolvedUser | null;
  tty: boolean;
  /** [rows, columns] */
  consoleSize?: [number, number] | undefined;
  privileged: boolean;
}
