// Who may reach out of a container into its compute node, and by what: the one rule, asked before anything of the kind is done.
//
//   account in daemon.hostAccess ──► everything, as with dockerd
//   any other ───────────────────► 403 for the first thing below that is asked for
import { capabilityName } from '#lib/docker-vm/capabilities.ts';
import { DEVICE_LIMITS, type DeviceLimit } from '#lib/docker-vm/device-limits.ts';
import { MASKED_PATHS, READONLY_PATHS } from '#src/api/guarded-paths.ts';
import type { DaemonConfig } from '#src/config.ts';
import type { CreateRequest, HostConfig } from '#src/containers/types.ts';
import type { Account } from '#src/context.ts';
import { forbidden } from '#src/errors.ts';

type DeviceLimits = Pick<HostConfig, DeviceLimit>;
type Settings = Pick<DaemonConfig, 'hostAccess' | 'adminUuid'>;

/** The word of the settings for daemon.adminUuid, to whom every request of the local socket belongs. */
export const ADMIN_WORD = 'admin';

/** Beside Docker's own fourteen: what is about the container's own network, memory and processes. */
const HARMLESS_CAPABILITIES = [
  'AUDIT_WRITE CHOWN DAC_OVERRIDE FOWNER FSETID KILL MKNOD NET_BIND_SERVICE NET_RAW SETFCAP SETGID SETPCAP SETUID SYS_CHROOT',
  'NET_ADMIN NET_BROADCAST IPC_LOCK IPC_OWNER LEASE SYS_PTRACE',
].flatMap((line) => line.split(' ').map((name) => `CAP_${name}`));

const LIMITS_BY_DEVICE = 'limits by device (--blkio-weight-device, --device-read-bps, …)';

/** What counts, in the words of the refusal. Whatever a new flag opens on the compute node belongs here. */
const REACHES: Readonly<Record<string, (host: HostConfig) => boolean>> = {
  '--privileged': ({ Privileged }) => Privileged,
  'paths of the compute node (--volume /host:/path)': ({ Binds }) =>
    (Binds ?? []).some((bind) => bind.startsWith('/') && bind.includes(':')),
  'paths of the compute node (--mount type=bind)': ({ Mounts }) =>
    (Mounts ?? []).some(({ Type }) => !['volume', 'tmpfs', 'image'].includes(Type)),
  'volumes with mount options (volume-opt)': ({ Mounts }) =>
    (Mounts ?? []).some(({ VolumeOptions }) => hasMountOptions(VolumeOptions)),
  "the compute node's network (--network host)": ({ NetworkMode }) => NetworkMode === 'host',
  "the compute node's processes (--pid host)": ({ PidMode }) => PidMode === 'host',
  "the compute node's memory segments (--ipc host)": ({ IpcMode }) => IpcMode === 'host',
  "the compute node's name (--uts host)": ({ UTSMode }) => UTSMode === 'host',
  "the compute node's users (--userns host)": ({ UsernsMode }) => UsernsMode === 'host',
  "the compute node's cgroups (--cgroupns host, --cgroup-parent)": ({ CgroupnsMode, CgroupParent }) =>
    CgroupnsMode === 'host' || CgroupParent !== '',
  'devices (--device, --device-cgroup-rule, --gpus)': (host) =>
    [host.Devices, host.DeviceCgroupRules, host.DeviceRequests].some(isLong),
  [LIMITS_BY_DEVICE]: limitsDevices,
  'real-time scheduling (--cpu-rt-runtime)': (host) =>
    host.CpuRealtimeRuntime !== 0 || host.CpuRealtimePeriod !== 0,
  'a smaller chance to be killed (--oom-score-adj, --oom-kill-disable)': (host) =>
    host.OomScoreAdj < 0 || host.OomKillDisable === true,
  'capabilities (--cap-add)': ({ CapAdd }) =>
    (CapAdd ?? []).some((given) => !HARMLESS_CAPABILITIES.includes(capabilityName(given))),
  'a weaker confinement (--security-opt)': ({ SecurityOpt }) => (SecurityOpt ?? []).some(weakens),
  'guarded paths (--security-opt systempaths=unconfined)': ({ MaskedPaths, ReadonlyPaths }) =>
    lacks(MaskedPaths, MASKED_PATHS) || lacks(ReadonlyPaths, READONLY_PATHS),
  'sockets and files of the compute node (--log-driver, --log-opt)': ({ LogConfig }) => logsToHost(LogConfig),
};

/** Throws DockerError forbidden. The request as it was sent: the operator's own defaults may do what they like. */
export function requireHostAccess(settings: Settings, account: Account, { hostConfig }: CreateRequest): void {
  if (mayReachHost(settings, account)) return;
  const found = Object.entries(REACHES).find(([, reaches]) => reaches(hostConfig));
  if (found) throw refusal(found[0]);
}

/** For docker exec --privileged. Throws DockerError forbidden. */
export function requireHostAccessOfExec(settings: Settings, account: Account, privileged: boolean): void {
  if (privileged && !mayReachHost(settings, account)) throw refusal('--privileged');
}

/** For docker update. Throws DockerError forbidden. */
export function requireHostAccessOfUpdate(settings: Settings, account: Account, limits: DeviceLimits): void {
  if (limitsDevices(limits) && !mayReachHost(settings, account)) throw refusal(LIMITS_BY_DEVICE);
}

/** For docker volume create --opt. Throws DockerError forbidden. */
export function requireHostAccessOfVolume(
  settings: Settings,
  account: Account,
  options: Record<string, string>,
): void {
  const mounts = hasMountOptions({ DriverConfig: { Options: options } });
  if (mounts && !mayReachHost(settings, account)) throw refusal('volumes with mount options (--opt)');
}

/** Pure. */
export function mayReachHost({ hostAccess, adminUuid }: Settings, { uuid }: Account): boolean {
  return hostAccess.includes(uuid) || (uuid === adminUuid && hostAccess.includes(ADMIN_WORD));
}

function refusal(what: string): Error {
  return forbidden(`${what}: this account may not reach into the compute node`);
}

function limitsDevices(limits: DeviceLimits): boolean {
  return DEVICE_LIMITS.some((key) => isLong(limits[key]));
}

function isLong(list: unknown[] | null): boolean {
  return list !== null && list.length > 0;
}

/** A list that leaves out something that is guarded otherwise; null is the default itself. */
function lacks(list: string[] | null, guarded: readonly string[]): boolean {
  return list !== null && guarded.some((path) => !list.includes(path));
}

/** Of driver local: `device` is any path or file system that mount(8) knows. */
function hasMountOptions(options: Record<string, unknown> | undefined): boolean {
  const { Options } = (options?.DriverConfig ?? {}) as { Options?: Record<string, unknown> | null };
  return ['type', 'o', 'device'].some((key) => Object.hasOwn(Options ?? {}, key));
}

/** label has no effect; a profile of one's own may allow anything. */
function weakens(option: string): boolean {
  const [key, value = 'true'] = option.split(/[=:](.*)/s);
  if (key === 'seccomp') return value !== 'builtin';
  if (key === 'apparmor') return value !== 'docker-default';
  return key === 'writable-cgroups' && !['0', 'f', 'F', 'false', 'FALSE', 'False'].includes(value);
}

/** Without a type the driver is the operator's, whose options a request may still change. */
function logsToHost({ Type, Config }: HostConfig['LogConfig']): boolean {
  const address = Config['syslog-address'];
  if (Type === 'journald' || (Type === 'syslog' && !address)) return true;
  const sockets = [address, Config['fluentd-address']].some((text) => /^\s*unix/i.test(text ?? ''));
  const files = ['syslog-tls-ca-cert', 'syslog-tls-cert', 'syslog-tls-key'];
  return sockets || files.some((key) => Config[key]);
}
