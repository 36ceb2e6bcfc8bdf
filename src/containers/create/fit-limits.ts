// Limits that the compute node's kernel does not keep are left out, with dockerd's warnings.
import type { DeviceLimit } from '#lib/docker-vm/device-limits.ts';
import { LIMITS, type LimitName, TELLS_LIMITS } from '#lib/docker-vm/limits.ts';
import type { HostConfig } from '#src/containers/types.ts';
import type { Req } from '#src/context.ts';
import { asDocker } from '#src/vm/triton-errors.ts';

const UNSUPPORTED = 'Your kernel does not support';
const MOUNTED = 'or the cgroup is not mounted.';
const UNLIMITED = -1;

/** What dockerd looks at, of a create or of an update. */
export type Limited = Pick<
  HostConfig,
  | 'Memory'
  | 'MemorySwap'
  | 'MemorySwappiness'
  | 'MemoryReservation'
  | 'OomKillDisable'
  | 'PidsLimit'
  | 'CpuShares'
  | 'CpuPeriod'
  | 'CpuQuota'
  | 'CpusetCpus'
  | 'CpusetMems'
  | 'BlkioWeight'
  | DeviceLimit
>;

export interface Fitted<T> {
  host: T;
  warnings: string[];
}

/** Asks the compute nodes only when a limit is asked for; nodes that do not tell (Triton's) make no warnings. Throws DockerError. */
export async function fitToNode<T extends Limited>(
  req: Pick<Req, 'app' | 'call'>,
  host: T,
): Promise<Fitted<T>> {
  const asked = fitLimits(host, () => false);
  if (asked.warnings.length === 0) return { host, warnings: [] };
  const words = await asDocker(req.app.triton.cnapi.anyCapabilities(req.call), { ref: '' });
  return words.has(TELLS_LIMITS)
    ? fitLimits(host, (limit) => words.has(LIMITS[limit]))
    : { host, warnings: [] };
}

/** Pure. In dockerd's order. */
export function fitLimits<T extends Limited>(host: T, has: (limit: LimitName) => boolean): Fitted<T> {
  const fitted: T = { ...host };
  const warnings = [
    ...fitMemory(fitted, has),
    ...fitOomKill(fitted, has),
    ...fitProcessors(fitted, has),
    ...fitBlockIo(fitted, has),
  ];
  return { host: fitted, warnings };
}

type Fit = (host: Limited, has: (limit: LimitName) => boolean) => string[];

const fitMemory: Fit = (host, has) => {
  const warnings: string[] = [];
  if (host.Memory > 0 && !has('memory')) {
    warnings.push(`${UNSUPPORTED} memory limit capabilities ${MOUNTED} Limitation discarded.`);
    Object.assign(host, { Memory: 0, MemorySwap: UNLIMITED });
  }
  if (host.Memory > 0 && host.MemorySwap !== UNLIMITED && !has('swap')) {
    warnings.push(`${UNSUPPORTED} swap limit capabilities ${MOUNTED} Memory limited without swap.`);
    host.MemorySwap = UNLIMITED;
  }
  if ((host.MemorySwappiness ?? UNLIMITED) !== UNLIMITED && !has('swappiness')) {
    warnings.push(`${UNSUPPORTED} memory swappiness capabilities ${MOUNTED} Memory swappiness discarded.`);
    host.MemorySwappiness = null;
  }
  if (host.MemoryReservation > 0 && !has('reservation')) {
    warnings.push(`${UNSUPPORTED} memory soft limit capabilities ${MOUNTED} Limitation discarded.`);
    host.MemoryReservation = 0;
  }
  return warnings;
};

const fitOomKill: Fit = (host, has) => {
  if (host.OomKillDisable !== true) return [];
  if (!has('oomKill')) {
    host.OomKillDisable = null;
    return [`${UNSUPPORTED} OomKillDisable. OomKillDisable discarded.`];
  }
  return host.Memory === 0
    ? [
        'OOM killer is disabled for the container, but no memory limit is set, this can result in the system running out of resources.',
      ]
    : [];
};

const fitProcessors: Fit = (host, has) => {
  const warnings: string[] = [];
  if ((host.PidsLimit ?? 0) > 0 && !has('pids')) {
    warnings.push(`${UNSUPPORTED} PIDs limit capabilities ${MOUNTED} PIDs limit discarded.`);
    host.PidsLimit = null;
  }
  if (host.CpuShares > 0 && !has('cpuShares')) {
    warnings.push(`${UNSUPPORTED} CPU shares ${MOUNTED} Shares discarded.`);
    host.CpuShares = 0;
  }
  if ((host.CpuPeriod !== 0 || host.CpuQuota !== 0) && !has('cpuCfs')) {
    warnings.push(`${UNSUPPORTED} CPU CFS scheduler. CPU period/quota discarded.`);
    Object.assign(host, { CpuPeriod: 0, CpuQuota: 0 });
  }
  if ((host.CpusetCpus !== '' || host.CpusetMems !== '') && !has('cpuset')) {
    warnings.push(`${UNSUPPORTED} cpuset ${MOUNTED} Cpuset discarded.`);
    Object.assign(host, { CpusetCpus: '', CpusetMems: '' });
  }
  return warnings;
};

/** Each kind of throttle with what dockerd calls it. */
const THROTTLES = [
  ['BlkioDeviceReadBps', 'BPS Block I/O read limit', 'Block I/O BPS read limit'],
  ['BlkioDeviceWriteBps', 'BPS Block I/O write limit', 'Block I/O BPS write limit'],
  ['BlkioDeviceReadIOps', 'IOPS Block read limit', 'Block I/O IOPS read limit'],
  ['BlkioDeviceWriteIOps', 'IOPS Block write limit', 'Block I/O IOPS write limit'],
] as const;

const fitBlockIo: Fit = (host, has) => {
  const warnings: string[] = [];
  if (host.BlkioWeight > 0 && !has('blkioWeight')) {
    warnings.push(`${UNSUPPORTED} Block I/O weight ${MOUNTED} Weight discarded.`);
    host.BlkioWeight = 0;
  }
  if ((host.BlkioWeightDevice ?? []).length > 0 && !has('blkioWeight')) {
    warnings.push(`${UNSUPPORTED} Block I/O weight_device ${MOUNTED} Weight-device discarded.`);
    host.BlkioWeightDevice = [];
  }
  for (const [key, what, short] of THROTTLES) {
    if ((host[key] ?? []).length === 0 || has('blkioThrottle')) continue;
    warnings.push(`${UNSUPPORTED} ${what} ${MOUNTED} ${short} discarded.`);
    host[key] = [];
  }
  return warnings;
};
