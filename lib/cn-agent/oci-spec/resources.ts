// Cgroup limits: HostConfig's where it has some, else the package's as they stand on the VM.
import { TritonError } from '#lib/wire/errors.ts';
import type { Vm } from '#lib/wire/types.ts';
import type { HostConfig } from './docker-settings.ts';
import type { HostFacts, OciBlkioThrottle, OciResources, SpecInput } from './types.ts';

const MIB = 1024 * 1024;
/** Microseconds; dockerd's and the kernel's default. */
/**
 * A zone's cpu_shares are counted in 128 MiB of memory (triton-wire §1.3), a cgroup's in 1024 for an equal part: this makes a package of
 * 1 GiB such a part, and keeps the smallest above the kernel's minimum of 2.
 */
const SHARES_PER_ZONE_SHARE = 128;
const CPU_PERIOD = 100_000;

type LimitsInput = Pick<SpecInput, 'vm' | 'host' | 'deviceNumbers'>;

/** Everything but the device rules. A limit whose controller the host lacks is left out, as dockerd does with a warning. */
export function resources(input: LimitsInput, host: HostConfig): OciResources {
  const { vm, host: facts } = input;
  const has = (controller: string) => facts.controllers.includes(controller);
  const memory = has('memory') ? memoryLimits(vm, host, facts) : {};
  const cpu = { ...(has('cpu') ? cpuLimits(vm, host, facts) : {}), ...(has('cpuset') ? cpuSets(host) : {}) };
  const blockIO = has('blkio') ? blockLimits(input, host) : {};
  const pids = has('pids') ? pidsLimit(vm, host) : 0;
  return {
    ...(Object.keys(memory).length > 0 ? { memory } : {}),
    ...(Object.keys(cpu).length > 0 ? { cpu } : {}),
    ...(pids !== 0 ? { pids: { limit: pids } } : {}),
    ...(Object.keys(blockIO).length > 0 ? { blockIO } : {}),
  };
}

function memoryLimits(vm: Vm, host: HostConfig, facts: HostFacts): NonNullable<OciResources['memory']> {
  const asked = host.Memory ?? 0;
  const packaged = (vm.max_physical_memory ?? 0) * MIB;
  const limit = asked > 0 ? asked : packaged < facts.memoryBytes ? packaged : 0;
  const swappiness = host.MemorySwappiness ?? -1;
  const swap = facts.swapLimit ? swapLimit(vm, host, limit, asked > 0) : 0;
  return {
    ...(limit > 0 ? { limit } : {}),
    ...(host.MemoryReservation ? { reservation: host.MemoryReservation } : {}),
    ...(swap !== 0 ? { swap } : {}),
    ...(swappiness >= 0 && facts.cgroup !== 'v2' ? { swappiness } : {}),
    ...(host.OomKillDisable && facts.cgroup !== 'v2' ? { disableOOMKiller: true } : {}),
  };
}

/** Memory and swap together, as both Docker's MemorySwap and a VM's max_swap mean it; -1 = no limit, 0 = say nothing. */
function swapLimit(vm: Vm, host: HostConfig, limit: number, asked: boolean): number {
  if (host.MemorySwap) return Math.max(host.MemorySwap, -1);
  if (limit === 0) return 0;
  const packaged = (vm.max_swap ?? 0) * MIB;
  return !asked && packaged >= limit ? packaged : limit * 2;
}

function cpuLimits(vm: Vm, host: HostConfig, facts: HostFacts): NonNullable<OciResources['cpu']> {
  if ((host.CpuRealtimePeriod || host.CpuRealtimeRuntime) && !facts.cpuRealtime) {
    throw new TritonError('VmStartFailed', 400, 'kernel does not support CPU real-time scheduler');
  }
  const shares = host.CpuShares || (vm.cpu_shares ?? 0) * SHARES_PER_ZONE_SHARE;
  const cap = vm.cpu_cap ?? 0;
  let period = host.CpuPeriod ?? 0;
  let quota = host.CpuQuota ?? 0;
  if (host.NanoCpus) {
    period = CPU_PERIOD;
    quota = Math.floor((host.NanoCpus * CPU_PERIOD) / 1e9);
  } else if (quota === 0 && period === 0 && cap > 0 && cap < facts.cpus * 100) {
    // cpu_cap is in percent of one core
    period = CPU_PERIOD;
    quota = cap * (CPU_PERIOD / 100);
  }
  return {
    ...(shares > 0 ? { shares } : {}),
    ...(quota !== 0 ? { quota } : {}),
    ...(period !== 0 ? { period } : {}),
    ...(host.CpuRealtimeRuntime ? { realtimeRuntime: host.CpuRealtimeRuntime } : {}),
    ...(host.CpuRealtimePeriod ? { realtimePeriod: host.CpuRealtimePeriod } : {}),
  };
}

function cpuSets(host: HostConfig): NonNullable<OciResources['cpu']> {
  return {
    ...(host.CpusetCpus ? { cpus: host.CpusetCpus } : {}),
    ...(host.CpusetMems ? { mems: host.CpusetMems } : {}),
  };
}

/** Docker: 0 and negative mean no limit; max_lwps counts threads, as the pids controller does. */
function pidsLimit(vm: Vm, host: HostConfig): number {
  if (host.PidsLimit) return Math.max(host.PidsLimit, -1);
  return Math.max(vm.max_lwps ?? 0, 0);
}

function blockLimits(input: LimitsInput, host: HostConfig): NonNullable<OciResources['blockIO']> {
  const numbers = (path: string) => input.deviceNumbers?.[path];
  const throttle = (list: { Path: string; Rate: number }[] | null | undefined): OciBlkioThrottle[] =>
    (list ?? []).flatMap(({ Path, Rate }) => {
      const device = numbers(Path);
      return device ? [{ major: device[0], minor: device[1], rate: Rate }] : [];
    });
  const weightDevice = (host.BlkioWeightDevice ?? []).flatMap(({ Path, Weight }) => {
    const device = numbers(Path);
    return device ? [{ major: device[0], minor: device[1], weight: Weight }] : [];
  });
  const lists = {
    throttleReadBpsDevice: throttle(host.BlkioDeviceReadBps),
    throttleWriteBpsDevice: throttle(host.BlkioDeviceWriteBps),
    throttleReadIOPSDevice: throttle(host.BlkioDeviceReadIOps),
    throttleWriteIOPSDevice: throttle(host.BlkioDeviceWriteIOps),
  };
  return {
    ...(host.BlkioWeight && input.host.blkioWeight ? { weight: host.BlkioWeight } : {}),
    ...(input.host.blkioWeight && weightDevice.length > 0 ? { weightDevice } : {}),
    ...Object.fromEntries(Object.entries(lists).filter(([, list]) => list.length > 0)),
  };
}
