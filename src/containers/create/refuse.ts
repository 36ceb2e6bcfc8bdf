// The flags of `docker create` that sdc-docker does not honour yet: each is refused by name, none is dropped silently.
import type { CreateRequest } from '#src/containers/types.ts';
import { invalid, notImplemented } from '#src/errors.ts';

/** One refused flag. `name` also stands in docs/divergence.md. */
interface Refusal {
  name: string;
  used(request: CreateRequest): boolean;
}

/** Every refused flag group, in the order of the checks. */
export const REFUSED: readonly Refusal[] = [
  { name: 'publishing ports (--publish)', used: (r) => Object.keys(r.hostConfig.PortBindings).length > 0 },
  { name: 'publishing all ports (--publish-all)', used: (r) => r.hostConfig.PublishAllPorts },
  { name: 'the host network (--network host)', used: (r) => r.hostConfig.NetworkMode === 'host' },
  {
    name: 'sharing the network of a container (--network container:…)',
    used: (r) => /^container(:|$)/.test(r.hostConfig.NetworkMode),
  },
  { name: 'user-defined networks (--network)', used: (r) => isUserNetwork(r.hostConfig.NetworkMode) },
  {
    name: 'connecting to several networks',
    used: (r) => Object.keys(r.endpoints).some((name) => isUserNetwork(name)),
  },
  {
    name: 'a fixed address or MAC (--ip, --ip6, --mac-address)',
    used: (r) => r.macAddress !== '' || Object.values(r.endpoints).some(asksAddress),
  },
  { name: 'links (--link)', used: (r) => (r.hostConfig.Links?.length ?? 0) > 0 },
  {
    name: 'named volumes (--volume NAME:/path)',
    used: (r) => (r.hostConfig.Binds ?? []).some(isNamedVolume),
  },
  {
    name: 'mounts other than bind and tmpfs (--mount)',
    used: (r) => (r.hostConfig.Mounts ?? []).some((mount) => !['bind', 'tmpfs'].includes(mount.Type)),
  },
  {
    name: 'volumes from another container (--volumes-from)',
    used: (r) => (r.hostConfig.VolumesFrom?.length ?? 0) > 0,
  },
  {
    name: 'volume drivers (--volume-driver)',
    used: (r) => !['', 'local'].includes(r.hostConfig.VolumeDriver),
  },
  {
    name: 'sharing a PID or IPC namespace (--pid container:…, --ipc container:…)',
    used: (r) => [r.hostConfig.PidMode, r.hostConfig.IpcMode].some((mode) => mode.startsWith('container:')),
  },
  { name: 'device requests (--gpus)', used: (r) => (r.hostConfig.DeviceRequests?.length ?? 0) > 0 },
  {
    name: 'storage options (--storage-opt)',
    used: (r) => Object.keys(r.hostConfig.StorageOpt ?? {}).length > 0,
  },
  { name: 'health checks (--health-cmd)', used: (r) => hasHealthCommand(r) },
  {
    name: 'real-time scheduling (--cpu-rt-period, --cpu-rt-runtime)',
    used: (r) => r.hostConfig.CpuRealtimePeriod !== 0 || r.hostConfig.CpuRealtimeRuntime !== 0,
  },
];

/** Log drivers that the compute node can write and `docker logs` can read, and none. */
const LOG_DRIVERS = ['', 'json-file', 'local', 'none'];

/**
 * Throws DockerError notImplemented for the first flag that is asked for and not honoured; invalid for an unknown log driver or runtime.
 * Runs before the image's config is merged: what an image merely declares is not asked for.
 */
export function refuseUnsupported(request: CreateRequest): void {
  for (const refusal of REFUSED) {
    if (refusal.used(request)) throw notImplemented(`${refusal.name} is not implemented yet by sdc-docker`);
  }
  const driver = request.hostConfig.LogConfig.Type;
  if (!LOG_DRIVERS.includes(driver)) throw invalid(`logger: no log driver named '${driver}' is registered`);
  const runtime = request.hostConfig.Runtime;
  if (!['', 'runc', 'io.containerd.runc.v2'].includes(runtime)) {
    throw invalid(`unknown or invalid runtime name: ${runtime}`);
  }
}

function isUserNetwork(mode: string): boolean {
  return !['', 'default', 'bridge', 'none', 'host'].includes(mode) && !mode.startsWith('container:');
}

function asksAddress(endpoint: Record<string, unknown> | null): boolean {
  if (!endpoint) return false;
  const ipam = endpoint.IPAMConfig as Record<string, unknown> | null | undefined;
  return Boolean(endpoint.MacAddress || ipam?.IPv4Address || ipam?.IPv6Address);
}

function isNamedVolume(bind: string): boolean {
  return bind.includes(':') && !bind.startsWith('/');
}

function hasHealthCommand(request: CreateRequest): boolean {
  const test = request.config.Healthcheck?.Test ?? [];
  return test.length > 0 && test[0] !== 'NONE' && test[0] !== '';
}
