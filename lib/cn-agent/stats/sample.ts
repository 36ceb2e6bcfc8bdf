// Puts one sample of one container together, and turns it into the line that a client gets.
import { objectText, unlessZero } from './json-text.ts';
import { networks } from './proc-files.ts';
import type { CgroupParts, ReadText, SystemCpu } from './types.ts';

/** JSON texts; the line of a client needs those of the sample before it too. */
export interface Sample {
  /** A JSON string: RFC 3339 with nanoseconds. */
  read: string;
  cpu: string;
  /** The other members, with commas between them. */
  rest: string;
}

const ZERO_TIME = '"0001-01-01T00:00:00Z"';
const ZERO_CPU = objectText({
  cpu_usage: objectText({ total_usage: '0', usage_in_kernelmode: '0', usage_in_usermode: '0' }),
  throttling_data: objectText({ periods: '0', throttled_periods: '0', throttled_time: '0' }),
});

/** Pure, but for what `read` reads. `at` as RFC 3339; `ifnames`: what nics are called but eth0 … */
export function toSample(
  at: string,
  cgroup: CgroupParts,
  system: SystemCpu,
  read: ReadText,
  ifnames: string[] = [],
): Sample {
  const rest = objectText({
    pids_stats: cgroup.pids,
    blkio_stats: cgroup.blkio,
    num_procs: '0',
    storage_stats: '{}',
    memory_stats: cgroup.memory,
    networks: networks(read('netDev'), ifnames),
  });
  return {
    read: `"${at}"`,
    cpu: objectText({
      cpu_usage: cgroup.cpuUsage,
      system_cpu_usage: unlessZero(system.usage),
      online_cpus: unlessZero(String(system.online)),
      throttling_data: cgroup.throttling,
    }),
    rest: rest.slice(1, -1),
  };
}

/** One line as the real agent ends it; `before` is the sample that precpu_stats tells of. Pure. */
export function toLine({ read, cpu, rest }: Sample, before: Sample | null): string {
  const [preread, precpu] = before === null ? [ZERO_TIME, ZERO_CPU] : [before.read, before.cpu];
  return `{"read":${read},"preread":${preread},${rest},"cpu_stats":${cpu},"precpu_stats":${precpu}}\r\n`;
}
