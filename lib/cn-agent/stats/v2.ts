// Statistics from the files of cgroup v2.
import { digits, fieldsOf, objectText, scaled, smaller, unlessZero } from './json-text.ts';
import type { CgroupParts, ReadText } from './types.ts';

/** Of memory.stat, what Docker shows. */
const MEMORY_STATS = [
  'active_anon active_file anon anon_thp file file_dirty file_mapped file_writeback inactive_anon inactive_file',
  'kernel_stack pgactivate pgdeactivate pgfault pglazyfree pglazyfreed pgmajfault pgrefill pgscan pgsteal shmem',
  'slab slab_reclaimable slab_unreclaimable sock thp_collapse_alloc thp_fault_alloc unevictable',
  'workingset_activate workingset_nodereclaim workingset_refault',
].flatMap((line) => line.split(' '));

/** "max" of a limit: the largest number of 64 bits. */
const MAX = '18446744073709551615';

/** Pure, but for what `read` reads. `machineMemory`: bytes, the limit of a container that has none. */
export function v2Parts(read: ReadText, machineMemory: string): CgroupParts {
  const cpu = fieldsOf(read('cpu'));
  return {
    // Microseconds in the file.
    cpuUsage: objectText({
      total_usage: scaled(cpu.get('usage_usec'), 3),
      usage_in_kernelmode: scaled(cpu.get('system_usec'), 3),
      usage_in_usermode: scaled(cpu.get('user_usec'), 3),
    }),
    throttling: objectText({
      periods: digits(cpu.get('nr_periods')),
      throttled_periods: digits(cpu.get('nr_throttled')),
      throttled_time: scaled(cpu.get('throttled_usec'), 3),
    }),
    memory: memory(read, machineMemory),
    pids: objectText({
      current: unlessZero(digits(read('pidsCurrent'))),
      limit: unlessZero(limit(read('pidsLimit'))),
    }),
    blkio: blkio(read('io')),
  };
}

function memory(read: ReadText, machineMemory: string): string {
  const stats = fieldsOf(read('memoryStat'));
  const shown = MEMORY_STATS.map((name) => [name, digits(memoryStat(stats, name))]);
  return objectText({
    usage: unlessZero(digits(read('memoryUsage'))),
    stats: objectText(Object.fromEntries(shown)),
    failcnt: unlessZero(digits(fieldsOf(read('memoryEvents')).get('oom'))),
    limit: unlessZero(smaller(limit(read('memoryLimit')), machineMemory)),
  });
}

/** Newer kernels count some things for anonymous and file pages apart. */
function memoryStat(stats: Map<string, string>, name: string): string | undefined {
  if (stats.has(name)) return stats.get(name);
  const anon = stats.get(`${name}_anon`);
  const file = stats.get(`${name}_file`);
  if (anon === undefined || file === undefined) return undefined;
  return String(BigInt(digits(anon)) + BigInt(digits(file)));
}

function limit(text: string): string {
  return text.trim() === 'max' ? MAX : digits(text);
}

/** Lines "8:0 rbytes=4096 wbytes=0 rios=1 …"; the rest of Docker's fields is v1's. */
function blkio(text: string): string {
  const entries: string[] = [];
  for (const line of text.split('\n')) {
    const [, major, minor, rest = ''] = /^(\d+):(\d+) (.*)$/.exec(line) ?? [];
    if (major === undefined) continue;
    const value = (key: string) => new RegExp(`(?:^| )${key}=(\\d+)`).exec(rest)?.[1] ?? '0';
    entries.push(`{"major":${major},"minor":${minor},"op":"read","value":${value('rbytes')}}`);
    entries.push(`{"major":${major},"minor":${minor},"op":"write","value":${value('wbytes')}}`);
  }
  return objectText({
    io_service_bytes_recursive: entries.length > 0 ? `[${entries.join(',')}]` : 'null',
    io_serviced_recursive: 'null',
    io_queue_recursive: 'null',
    io_service_time_recursive: 'null',
    io_wait_time_recursive: 'null',
    io_merged_recursive: 'null',
    io_time_recursive: 'null',
    sectors_recursive: 'null',
  });
}
