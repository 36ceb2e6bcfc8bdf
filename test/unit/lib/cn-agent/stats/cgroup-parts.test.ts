// Statistics from the files of cgroup v1 and v2: the kernel's texts to Docker's JSON, digit for digit.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { statPaths } from '#lib/cn-agent/stats/sources.ts';
import type { CgroupParts, ReadText } from '#lib/cn-agent/stats/types.ts';
import { v1Parts } from '#lib/cn-agent/stats/v1.ts';
import { v2Parts } from '#lib/cn-agent/stats/v2.ts';

const MACHINE = '25276502016';
const UNLIMITED = '9223372036854771712';

const reader = (texts: Record<string, string>): ReadText => {
  return (name) => texts[name] ?? '';
};
const parsed = (parts: CgroupParts) =>
  Object.fromEntries(Object.entries(parts).map(([key, text]) => [key, JSON.parse(text)]));

const V1_FILES = {
  cpuUsage: '26455839\n',
  cpuPercpu: '21402863 5052976 \n',
  cpuStat: 'user 3\nsystem 1\n',
  cpuThrottling: 'nr_periods 5\nnr_throttled 2\nthrottled_time 99\nnr_bursts 0\n',
  memoryStat: `cache 372736\nrss 53248\nswap 7\ninactive_file 0\nhierarchical_memory_limit ${UNLIMITED}\ntotal_cache 400000\n`,
  memoryUsage: '733184\n',
  memoryMax: '4079616\n',
  memoryFailcnt: '0\n',
  memoryLimit: `${UNLIMITED}\n`,
  pidsCurrent: '1\n',
  pidsLimit: 'max\n',
  ioBytes: '8:0 Read 4096\n8:0 Write 0\n8:0 Total 4096\nTotal 4096\n',
  ioServiced: 'Total 0\n',
  cfqSectors: '8:0 18446744073709551615\n',
};

test('v1: as dockerd shows it', () => {
  const parts = v1Parts(reader(V1_FILES), MACHINE);
  const { cpuUsage, throttling, memory, pids, blkio } = parsed(parts);
  assert.deepEqual(cpuUsage, {
    total_usage: 26455839,
    percpu_usage: [21402863, 5052976],
    usage_in_kernelmode: 10_000_000,
    usage_in_usermode: 30_000_000,
  });
  assert.deepEqual(throttling, { periods: 5, throttled_periods: 2, throttled_time: 99 });
  assert.equal(memory.usage, 733184);
  assert.equal(memory.max_usage, 4079616);
  assert.equal('failcnt' in memory, false, 'zeros are left out, as Go does');
  assert.equal(memory.limit, Number(MACHINE), 'no limit is the size of the machine');
  assert.equal(Object.keys(memory.stats).length, 32);
  assert.equal(memory.stats.cache, 372736);
  assert.equal(memory.stats.total_cache, 400000);
  assert.equal(memory.stats.writeback, 0, 'what the kernel does not say is 0');
  assert.equal('swap' in memory.stats, false);
  assert.deepEqual(pids, { current: 1 }, 'no limit is left out');
  assert.deepEqual(blkio.io_service_bytes_recursive, [
    { major: 8, minor: 0, op: 'Read', value: 4096 },
    { major: 8, minor: 0, op: 'Write', value: 0 },
    { major: 8, minor: 0, op: 'Total', value: 4096 },
  ]);
  assert.deepEqual(blkio.io_serviced_recursive, []);
  assert.equal(Object.keys(blkio).length, 8);
});

test('v1: 64 bits keep their digits', () => {
  const { memory, blkio } = v1Parts(reader(V1_FILES), MACHINE);
  assert.match(memory, new RegExp(`"hierarchical_memory_limit":${UNLIMITED}[,}]`));
  assert.match(blkio, /"sectors_recursive":\[{"major":8,"minor":0,"op":"","value":18446744073709551615}\]/);
});

test('v1: CFQ counters win over throttle counters, when they count anything', () => {
  const texts = {
    ...V1_FILES,
    cfqBytes: '8:0 Read 1\n',
    cfqServiced: 'Total 0\n',
    ioServiced: '8:0 Sync 2\n',
  };
  const { blkio } = parsed(v1Parts(reader(texts), MACHINE));
  assert.deepEqual(blkio.io_service_bytes_recursive, [{ major: 8, minor: 0, op: 'Read', value: 1 }]);
  assert.deepEqual(blkio.io_serviced_recursive, [{ major: 8, minor: 0, op: 'Sync', value: 2 }]);
});

test('v1: a limit below the machine, and a limit of processes', () => {
  const texts = { ...V1_FILES, memoryLimit: '1048576\n', pidsLimit: '50\n', memoryFailcnt: '3\n' };
  const { memory, pids } = parsed(v1Parts(reader(texts), MACHINE));
  assert.equal(memory.limit, 1048576);
  assert.equal(memory.failcnt, 3);
  assert.deepEqual(pids, { current: 1, limit: 50 });
});

test('v2: as dockerd shows it', () => {
  const parts = v2Parts(
    reader({
      cpu: 'usage_usec 123\nuser_usec 100\nsystem_usec 23\nnr_periods 4\nnr_throttled 1\nthrottled_usec 8\n',
      memoryStat:
        'anon 1\nfile 2\nworkingset_refault_anon 3\nworkingset_refault_file 4\nthp_fault_alloc 6\nzswap 9\n',
      memoryUsage: '1000\n',
      memoryLimit: 'max\n',
      memoryEvents: 'low 0\nhigh 0\nmax 0\noom 2\noom_kill 1\n',
      pidsCurrent: '3\n',
      pidsLimit: 'max\n',
      io: '8:0 rbytes=90 wbytes=18446744073709551615 rios=1 wios=2 dbytes=0 dios=0\n253:1 \n',
    }),
    MACHINE,
  );
  const { cpuUsage, throttling, memory, pids, blkio } = parsed(parts);
  assert.deepEqual(cpuUsage, {
    total_usage: 123_000,
    usage_in_kernelmode: 23_000,
    usage_in_usermode: 100_000,
  });
  assert.deepEqual(throttling, { periods: 4, throttled_periods: 1, throttled_time: 8000 });
  assert.equal(memory.usage, 1000);
  assert.equal(memory.limit, Number(MACHINE));
  assert.equal(memory.failcnt, 2);
  assert.equal('max_usage' in memory, false);
  assert.equal(Object.keys(memory.stats).length, 31);
  assert.equal(memory.stats.workingset_refault, 7, 'newer kernels count it in two parts');
  assert.equal(memory.stats.file, 2);
  assert.equal('zswap' in memory.stats, false);
  assert.match(parts.pids, /"limit":18446744073709551615}/);
  assert.equal(pids.current, 3);
  assert.deepEqual(blkio.io_service_bytes_recursive.slice(0, 1), [
    { major: 8, minor: 0, op: 'read', value: 90 },
  ]);
  assert.match(parts.blkio, /"op":"write","value":18446744073709551615}/);
  assert.equal(blkio.io_serviced_recursive, null);
});

test('files that say nothing, or nonsense, count as 0', () => {
  for (const parts of [v1Parts, v2Parts]) {
    const nonsense = parsed(parts(() => 'x -1 1e9\n"}\n', MACHINE));
    assert.equal(nonsense.cpuUsage.total_usage, 0);
    const empty = parsed(parts(() => '', MACHINE));
    assert.equal(empty.cpuUsage.total_usage, 0);
    assert.equal('usage' in empty.memory, false);
    assert.deepEqual(empty.pids, {});
  }
});

test('where the files are', () => {
  const run = { cgroupsPath: '/parent/abc', pid: 7, ownNetwork: true };
  const v1 = statPaths({ ...run, cgroup: 'hybrid' });
  assert.equal(v1.cpuUsage, '/sys/fs/cgroup/cpuacct/parent/abc/cpuacct.usage');
  assert.equal(v1.memoryStat, '/sys/fs/cgroup/memory/parent/abc/memory.stat');
  assert.equal(v1.netDev, '/proc/7/net/dev');
  assert.deepEqual(statPaths({ ...run, cgroup: 'v1' }), v1);
  const v2 = statPaths({ ...run, cgroup: 'v2', ownNetwork: false });
  assert.equal(v2.cpu, '/sys/fs/cgroup/parent/abc/cpu.stat');
  assert.equal('netDev' in v2, false, "the host's interfaces are not the container's");
});
