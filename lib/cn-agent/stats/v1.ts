// Statistics from the files of cgroup v1 (also hybrid hosts, whose controllers are all v1).
import { digits, fieldsOf, objectText, scaled, smaller, unlessZero } from './json-text.ts';
import type { CgroupParts, ReadText } from './types.ts';

/** Of memory.stat, what Docker shows; each also with total_ before it. */
const MEMORY = [
  'active_anon active_file cache dirty inactive_anon inactive_file mapped_file pgfault pgmajfault',
  'pgpgin pgpgout rss rss_huge unevictable writeback',
].flatMap((line) => line.split(' '));
const MEMORY_STATS = [
  ...MEMORY,
  ...MEMORY.map((name) => `total_${name}`),
  'hierarchical_memory_limit',
  'hierarchical_memsw_limit',
].sort();

/** Clock ticks of 1/100 s as nanoseconds. */
const TICK_ZEROS = 7;

/** Pure, but for what `read` reads. `machineMemory`: bytes, the limit of a container that has none. */
export function v1Parts(read: ReadText, machineMemory: string): CgroupParts {
  const cpu = fieldsOf(read('cpuStat'));
  const throttling = fieldsOf(read('cpuThrottling'));
  const percpu = read('cpuPercpu').trim();
  return {
    cpuUsage: objectText({
      total_usage: digits(read('cpuUsage')),
      percpu_usage: percpu === '' ? null : `[${percpu.split(/\s+/).map(digits).join(',')}]`,
      usage_in_kernelmode: scaled(cpu.get('system'), TICK_ZEROS),
      usage_in_usermode: scaled(cpu.get('user'), TICK_ZEROS),
    }),
    throttling: objectText({
      periods: digits(throttling.get('nr_periods')),
      throttled_periods: digits(throttling.get('nr_throttled')),
      throttled_time: digits(throttling.get('throttled_time')),
    }),
    memory: memory(read, machineMemory),
    // An unlimited "max" is left out.
    pids: objectText({
      current: unlessZero(digits(read('pidsCurrent'))),
      limit: unlessZero(digits(read('pidsLimit'))),
    }),
    blkio: blkio(read),
  };
}

function memory(read: ReadText, machineMemory: string): string {
  const stats = fieldsOf(read('memoryStat'));
  const shown = MEMORY_STATS.map((name) => [name, digits(stats.get(name))]);
  return objectText({
    usage: unlessZero(digits(read('memoryUsage'))),
    max_usage: unlessZero(digits(read('memoryMax'))),
    stats: objectText(Object.fromEntries(shown)),
    failcnt: unlessZero(digits(read('memoryFailcnt'))),
    limit: unlessZero(smaller(digits(read('memoryLimit')), machineMemory)),
  });
}

/** A host without CFQ counts bytes and operations only, where it throttles them. */
function blkio(read: ReadText): string {
  const entries = (...names: string[]) => {
    const texts = names.map((name) => entryTexts(read(name)));
    return `[${(texts.find((found) => found.length > 0) ?? []).join(',')}]`;
  };
  return objectText({
    io_service_bytes_recursive: entries('cfqBytes', 'ioBytes'),
    io_serviced_recursive: entries('cfqServiced', 'ioServiced'),
    io_queue_recursive: entries('cfqQueued'),
    io_service_time_recursive: entries('cfqServiceTime'),
    io_wait_time_recursive: entries('cfqWaitTime'),
    io_merged_recursive: entries('cfqMerged'),
    io_time_recursive: entries('cfqTime'),
    sectors_recursive: entries('cfqSectors'),
  });
}

/** Lines "8:0 Read 4096" and "8:0 4096"; the sum "Total 4096" at the end is no device. */
function entryTexts(text: string): string[] {
  const found: string[] = [];
  for (const line of text.split('\n')) {
    const [, major, minor, op = '', value] = /^(\d+):(\d+) (?:([A-Za-z]+) )?(\d+)$/.exec(line) ?? [];
    if (value !== undefined) found.push(`{"major":${major},"minor":${minor},"op":"${op}","value":${value}}`);
  }
  return found;
}
