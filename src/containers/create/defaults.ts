// What dockerd fills into a create request: for old API versions, and where nothing was said.
import { MASKED_PATHS, READONLY_PATHS } from '#src/api/guarded-paths.ts';
import type { ApiVersion } from '#src/api/version.ts';
import { cleanPath } from '#src/containers/clean-path.ts';
import type { ContainerConfig, CreateRequest, HostConfig, MountSpec } from '#src/containers/types.ts';
import { invalid } from '#src/errors.ts';
import { OPTIONS_OF } from './validate-mounts.ts';

const DEFAULT_SHM = 64 * 1024 * 1024;

/** Edits for old API versions: fields that a version does not know are dropped, as dockerd's router does. Throws DockerError invalid. Pure. */
export function forVersion(request: CreateRequest, version: ApiVersion): CreateRequest {
  const hostConfig = { ...request.hostConfig };
  const config = { ...request.config };
  // Until then the client took its container away itself, and says so when it finds none.
  if (version < 25) hostConfig.AutoRemove = false;
  if (version < 40 && hostConfig.IpcMode === '') hostConfig.IpcMode = 'shareable';
  if (version < 42) hostConfig.ConsoleSize = [0, 0];
  const unknown = BIND_OPTIONS_SINCE.filter(([since]) => version < since).map(([, name]) => name);
  if (hostConfig.Mounts && unknown.length > 0)
    hostConfig.Mounts = hostConfig.Mounts.map((mount) => withoutBindOptions(mount, unknown));
  if (version < 44 && hostConfig.Mounts) hostConfig.Mounts = hostConfig.Mounts.map(withPlainReadonly);
  for (const mount of hostConfig.Mounts ?? []) refuseMount(mount, version);
  if (version < 43) delete hostConfig.Annotations;
  if (version < 44 && config.Healthcheck) {
    const { StartInterval: _unknown, ...health } = config.Healthcheck;
    config.Healthcheck = health;
  }
  return { ...request, config, hostConfig };
}

/** [minor version of the API, what it brought]. */
const BIND_OPTIONS_SINCE: readonly [number, string][] = [
  [40, 'NonRecursive'],
  [42, 'CreateMountpoint'],
];

function withoutBindOptions({ BindOptions, ...mount }: MountSpec, unknown: readonly string[]): MountSpec {
  if (!BindOptions) return mount;
  const known = Object.entries(BindOptions).filter(([name]) => !unknown.includes(name));
  return { ...mount, BindOptions: Object.fromEntries(known) };
}

/** What the router of dockerd refuses, in its own words. */
function refuseMount(mount: MountSpec, version: ApiVersion): void {
  for (const [type, name] of OPTIONS_OF) {
    if (version >= 42 && name !== 'ImageOptions' && type !== mount.Type && mount[name] !== undefined)
      throw invalid(`${name} must not be specified on mount type ${JSON.stringify(mount.Type)}`);
  }
  if (version < 45 && mount.VolumeOptions?.Subpath)
    throw invalid('VolumeOptions.Subpath needs API v1.45 or newer');
}

/** Pure. In dockerd's words. */
export function volumeDriverWarnings({ hostConfig }: CreateRequest, version: ApiVersion): string[] {
  if (version < 48 || hostConfig.VolumeDriver === '') return [];
  const driverOf = ({ VolumeOptions }: MountSpec): unknown =>
    (VolumeOptions?.DriverConfig as { Name?: string } | null | undefined)?.Name;
  return hostConfig.Mounts?.some((mount) => mount.Type === 'volume' && !driverOf(mount))
    ? [
        "WARNING: the container-wide volume-driver configuration is ignored for volumes specified via 'mount'. Use '--mount type=volume,volume-driver=...' instead",
      ]
    : [];
}

/** dockerd writes into the options that a client sent, and shows them; a mount that came without any stays as it is. */
function withPlainReadonly(mount: MountSpec): MountSpec {
  if (mount.Type !== 'bind' || !mount.BindOptions) return mount;
  if (mount.BindOptions.ReadOnlyForceRecursive === true)
    throw invalid('BindOptions.ReadOnlyForceRecursive needs API v1.44 or newer');
  return mount.ReadOnly
    ? { ...mount, BindOptions: { ...mount.BindOptions, ReadOnlyNonRecursive: true } }
    : mount;
}

/** The request with dockerd's defaults; run after validation. Pure. */
export function applyDefaults(request: CreateRequest): CreateRequest {
  const host = request.hostConfig;
  const networkMode = ['', 'default'].includes(host.NetworkMode) ? 'bridge' : host.NetworkMode;
  const endpoints = { ...request.endpoints };
  const fallback = endpoints.default;
  if (fallback !== undefined && networkMode === 'bridge') {
    endpoints.bridge ??= fallback;
    delete endpoints.default;
  }
  const hostConfig: HostConfig = {
    ...host,
    NetworkMode: networkMode,
    RestartPolicy: { ...host.RestartPolicy, Name: host.RestartPolicy.Name || 'no' },
    LogConfig: { ...host.LogConfig, Type: host.LogConfig.Type || 'json-file' },
    ShmSize: host.ShmSize || DEFAULT_SHM,
    IpcMode: host.IpcMode || 'private',
    // dockerd's default on cgroup v2. On v1 it says host, but which kind the container's server has is not known yet.
    CgroupnsMode: host.CgroupnsMode || 'private',
    SecurityOpt: securityOptions(host),
    Runtime: host.Runtime || 'runc',
    MemorySwap: host.Memory > 0 && host.MemorySwap === 0 ? host.Memory * 2 : host.MemorySwap,
    MemorySwappiness: host.MemorySwappiness === -1 ? null : host.MemorySwappiness,
    PidsLimit: (host.PidsLimit ?? 0) <= 0 ? null : host.PidsLimit,
    MaskedPaths: host.MaskedPaths ?? (host.Privileged ? null : [...MASKED_PATHS]),
    ReadonlyPaths: host.ReadonlyPaths ?? (host.Privileged ? null : [...READONLY_PATHS]),
  };
  return { ...request, config: cleanConfig(request.config), hostConfig, endpoints };
}

/** A container that sees the host's processes has no label of its own (SELinux's word for it, kept by dockerd everywhere). */
function securityOptions(host: HostConfig): string[] | null {
  const shares = host.Privileged || host.IpcMode === 'host' || host.PidMode === 'host';
  const chosen = (host.SecurityOpt ?? []).some((option) => option.split('=')[0] === 'label');
  return shares && !chosen ? [...(host.SecurityOpt ?? []), 'label=disable'] : host.SecurityOpt;
}

function cleanConfig(config: ContainerConfig): ContainerConfig {
  return config.WorkingDir === '' ? config : { ...config, WorkingDir: cleanPath(config.WorkingDir) };
}
