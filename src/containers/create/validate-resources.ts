// dockerd's checks of memory, CPU and I/O limits, for create and update.
import type { HostConfig } from '#src/containers/types.ts';
import { invalid } from '#src/errors.ts';
import type { decodeResources } from './decode.ts';

const MIN_MEMORY = 6 * 1024 * 1024;
/** '0-2,7' */
const CPU_LIST = /^\d+(-\d+)?(,\d+(-\d+)?)*$/;

/** What an update changes as well. */
type Limits = Pick<HostConfig, keyof ReturnType<typeof decodeResources>>;

/** Throws DockerError invalid with dockerd's text. Run before defaults such as MemorySwap are filled in. */
export function validateResources(host: HostConfig): void {
  validateLimits(host);
  if (host.Memory === 0 && host.MemorySwap > 0) {
    throw invalid('You should always set the Memory limit when using Memoryswap limit, see usage');
  }
  if (host.IOMaximumBandwidth !== 0) {
    throw invalid('invalid option: QoS maximum bandwidth configuration is not supported on linux');
  }
  if (host.IOMaximumIOps !== 0) {
    throw invalid('invalid option: QoS maximum IOPs configuration is not supported on linux');
  }
  if (host.ShmSize < 0) throw invalid('SHM size can not be less than 0');
  if (host.OomScoreAdj < -1000 || host.OomScoreAdj > 1000) {
    throw invalid(`Invalid value ${host.OomScoreAdj}, range for oom score adj is [-1000, 1000]`);
  }
}

/** Of a create or of an update, by what that asks for alone. Throws DockerError invalid. */
export function validateLimits(limits: Limits): void {
  validateMemory(limits);
  validateCpu(limits);
  if (limits.BlkioWeight > 0 && (limits.BlkioWeight < 10 || limits.BlkioWeight > 1000)) {
    throw invalid('Range of blkio weight is from 10 to 1000');
  }
}

function validateMemory(host: Limits): void {
  const { Memory, MemorySwap, MemoryReservation, MemorySwappiness } = host;
  if (Memory !== 0 && Memory < MIN_MEMORY) throw invalid('Minimum memory limit allowed is 6MB');
  if (Memory > 0 && MemorySwap > 0 && MemorySwap < Memory) {
    throw invalid('Minimum memoryswap limit should be larger than memory limit, see usage');
  }
  if (
    MemorySwappiness !== null &&
    MemorySwappiness !== -1 &&
    (MemorySwappiness < 0 || MemorySwappiness > 100)
  ) {
    throw invalid(`Invalid value: ${MemorySwappiness}, valid memory swappiness range is 0-100`);
  }
  if (MemoryReservation > 0 && MemoryReservation < MIN_MEMORY) {
    throw invalid('Minimum memory reservation allowed is 6MB');
  }
  if (Memory > 0 && MemoryReservation > 0 && Memory < MemoryReservation) {
    throw invalid('Minimum memory limit can not be less than memory reservation limit, see usage');
  }
}

function validateCpu(host: Limits): void {
  if (host.NanoCpus > 0 && host.CpuPeriod > 0) {
    throw invalid('Conflicting options: Nano CPUs and CPU Period cannot both be set');
  }
  if (host.NanoCpus > 0 && host.CpuQuota > 0) {
    throw invalid('Conflicting options: Nano CPUs and CPU Quota cannot both be set');
  }
  if (host.NanoCpus < 0) throw invalid('range of CPUs is from 0.01 upwards');
  if (host.CpuPeriod !== 0 && (host.CpuPeriod < 1000 || host.CpuPeriod > 1_000_000)) {
    throw invalid('CPU cfs period can not be less than 1ms (i.e. 1000) or larger than 1s (i.e. 1000000)');
  }
  const { CpuRealtimePeriod: period, CpuRealtimeRuntime: runtime } = host;
  if (period !== 0 && runtime !== 0 && runtime > period) {
    throw invalid('cpu real-time runtime cannot be higher than cpu real-time period');
  }
  if (host.CpuQuota > 0 && host.CpuQuota < 1000) {
    throw invalid('CPU cfs quota can not be less than 1ms (i.e. 1000)');
  }
  if (host.CpuShares < 0) {
    throw invalid(`invalid CPU shares (${host.CpuShares}): value must be a positive integer`);
  }
  for (const [what, list] of [
    ['cpus', host.CpusetCpus],
    ['mems', host.CpusetMems],
  ] as const) {
    if (list !== '' && !CPU_LIST.test(list)) {
      throw invalid(`Invalid value ${list} for cpuset ${what}: invalid format: ${list}`);
    }
  }
}
