// What this compute node says of itself, in the words of SmartOS's sysinfo, with a `Linux` part of our own.
import { execFile } from 'node:child_process';
import { readFile, statfs } from 'node:fs/promises';
import os from 'node:os';
import { promisify } from 'node:util';
import { CONFINES_BY_APP_ARMOR, DEFAULT_PROFILE } from '#lib/docker-vm/app-armor.ts';
import { LIMITS, type LimitName, TELLS_LIMITS } from '#lib/docker-vm/limits.ts';
import { kernelFamilies } from '#lib/net/families.ts';
import type { AgentNode } from './node.ts';
import type { HostFacts } from './oci-spec/types.ts';

const run = promisify(execFile);

/** What this agent can do beyond a real one; the daemon asks for these words before it uses the feature. */
export const DOCKER_CAPABILITIES = [
  'stdio_mux1',
  'docker_exec_state',
  'exec_resize',
  'exec_kill_when_gone',
  'docker_pause',
  'docker_top',
  'docker_sizes',
  'logs_details',
  'copy_status',
  'docker_export',
  'docker_changes',
  'port_forwarding',
  'namespace_join',
  'docker_volumes',
  'docker_nics_live',
  'docker_bridge_options',
  'docker_interface_options',
  'docker_image_mounts',
  'docker_commit',
  TELLS_LIMITS,
];

/**
 * `Linux`: {Kernel Version, Operating System, OS Version, OS Type, Architecture, Cgroup Driver, Cgroup Version ('1' | '2'), Containerd Version,
 * Containerd Revision, Runc Version, Runc Revision, Storage Driver, Backing Filesystem, Disk Quotas, Swap Limit, Seccomp, AppArmor, Controllers, Init Path}.
 */
export async function sysinfo(node: AgentNode): Promise<Record<string, unknown>> {
  const cpus = os.cpus();
  const cpuInfo = await readFile('/proc/cpuinfo', 'utf8').catch(() => '');
  return {
    'System Type': 'Linux',
    'Live Image': os.release(),
    UUID: node.serverUuid,
    Hostname: os.hostname(),
    'CPU Type': cpus[0]?.model ?? 'unknown',
    'CPU Physical Cores': physicalCores(cpuInfo) || cpus.length,
    'CPU Total Cores': cpus.length,
    'MiB of Memory': String(Math.floor(os.totalmem() / 1024 / 1024)),
    'Boot Time': String(Math.round(Date.now() / 1000 - os.uptime())),
    'VM Capable': false,
    Setup: 'true',
    'Memory Total Bytes': os.totalmem(),
    'Docker Capabilities': [
      ...DOCKER_CAPABILITIES,
      ...quotaWords(node),
      ...familyWords(),
      ...appArmorWords(node.hostFacts),
      ...limitWords(node.hostFacts),
    ],
    Linux: await linuxFacts(node),
  };
}

/** Whether nics may have an IPv6 address: not where the kernel has none. */
function familyWords(): string[] {
  return kernelFamilies().includes('ip6') ? ['docker_ipv6'] : [];
}

function appArmorWords({ appArmor }: HostFacts): string[] {
  return appArmor?.includes(DEFAULT_PROFILE) ? [CONFINES_BY_APP_ARMOR] : [];
}

/** Of the limits that this kernel keeps. Pure. */
export function limitWords(
  facts: Pick<HostFacts, 'cgroup' | 'controllers' | 'swapLimit' | 'blkioWeight'>,
): string[] {
  const has = (controller: string): boolean => facts.controllers.includes(controller);
  // Of the first version of cgroups only.
  const old = has('memory') && facts.cgroup !== 'v2';
  const kept: Record<LimitName, boolean> = {
    memory: has('memory'),
    swap: facts.swapLimit,
    swappiness: old,
    reservation: has('memory'),
    oomKill: old,
    pids: has('pids'),
    cpuShares: has('cpu'),
    cpuCfs: has('cpu'),
    cpuset: has('cpuset'),
    blkioWeight: facts.blkioWeight,
    blkioThrottle: has('blkio'),
  };
  return (Object.keys(LIMITS) as LimitName[]).filter((limit) => kept[limit]).map((limit) => LIMITS[limit]);
}

/** What depends on the file system is told where it holds. */
function quotaWords({ diskQuotas }: AgentNode): string[] {
  return diskQuotas ? ['disk_quotas'] : [];
}

async function linuxFacts(node: AgentNode): Promise<Record<string, unknown>> {
  const { hostFacts } = node;
  const [osRelease, containerd, runc] = await Promise.all([
    readFile('/etc/os-release', 'utf8').catch(() => ''),
    node.containerd.version(),
    runcVersion(),
  ]);
  const release = parseOsRelease(osRelease);
  return {
    'Kernel Version': os.release(),
    'Operating System': release.PRETTY_NAME ?? 'Linux',
    'OS Version': release.VERSION_ID ?? '',
    'OS Type': 'linux',
    Architecture: os.machine(),
    'Cgroup Driver': 'cgroupfs',
    'Cgroup Version': hostFacts.cgroup === 'v2' ? '2' : '1',
    'Containerd Version': containerd.version,
    'Containerd Revision': containerd.revision,
    ...runc,
    'Storage Driver': 'overlayfs',
    'Backing Filesystem': await backingFilesystem(node.zonesDir),
    // Otherwise neither a package's quota nor one that is asked for holds.
    'Disk Quotas': node.diskQuotas,
    'Swap Limit': hostFacts.swapLimit,
    Seccomp: hostFacts.seccomp !== null,
    AppArmor: hostFacts.appArmor !== null,
    Controllers: hostFacts.controllers,
    'Init Path': hostFacts.initPath,
  };
}

/** By the numbers of statfs(2), in dockerd's names. */
const FILESYSTEMS: Readonly<Record<number, string>> = {
  61267: 'extfs',
  1481003842: 'xfs',
  2435016766: 'btrfs',
  16914836: 'tmpfs',
  2035054128: 'overlayfs',
  801189825: 'zfs',
};

async function backingFilesystem(path: string): Promise<string> {
  return FILESYSTEMS[(await statfs(path)).type] ?? '<unknown>';
}

async function runcVersion(): Promise<Record<string, string>> {
  try {
    const { stdout } = await run('runc', ['--version'], { timeout: 5000 });
    return {
      'Runc Version': /^runc version (\S+)/m.exec(stdout)?.[1] ?? 'unknown',
      'Runc Revision': /^commit: (\S+)/m.exec(stdout)?.[1] ?? '',
    };
  } catch {
    return { 'Runc Version': 'unknown', 'Runc Revision': '' };
  }
}

/** KEY="value" lines of /etc/os-release (os-release(5)). */
export function parseOsRelease(text: string): Record<string, string> {
  const lines = [...text.matchAll(/^([A-Z_]+)=(?:"([^"]*)"|'([^']*)'|(.*))$/gm)];
  return Object.fromEntries(lines.map((line) => [line[1]!, line[2] ?? line[3] ?? line[4] ?? '']));
}

/** Distinct (socket, core) pairs; 0 where /proc/cpuinfo does not say (ARM). */
function physicalCores(cpuInfo: string): number {
  const cores = cpuInfo.split('\n\n').flatMap((cpu) => {
    const socket = /^physical id\s*: (\d+)$/m.exec(cpu)?.[1];
    const core = /^core id\s*: (\d+)$/m.exec(cpu)?.[1];
    return socket === undefined || core === undefined ? [] : [`${socket}/${core}`];
  });
  return new Set(cores).size;
}
