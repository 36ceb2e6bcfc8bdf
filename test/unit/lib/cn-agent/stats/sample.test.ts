// From the texts of /proc to the line that a client of docker-stats gets.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { networks, systemCpu } from '#lib/cn-agent/stats/proc-files.ts';
import { toLine, toSample } from '#lib/cn-agent/stats/sample.ts';

const NET_DEV = `Inter-|   Receive                                                |  Transmit
 face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls carrier compressed
    lo:      10       1    0    0    0     0          0         0       10       1    0    0    0     0       0          0
  sit0:       0       0    0    0    0     0          0         0        0       0    0    0    0     0       0          0
  eth0: 18446744073709551615 6 1    2    0     0          0         0      42       3    4    5    0     0       0          0
 eth12:1 2 3 4 0 0 0 0 5 6 7 8 0 0 0 0
`;

test('networks: the nics by name, every digit', () => {
  assert.equal(
    networks(NET_DEV),
    '{"eth0":{"rx_bytes":18446744073709551615,"rx_packets":6,"rx_errors":1,"rx_dropped":2,' +
      '"tx_bytes":42,"tx_packets":3,"tx_errors":4,"tx_dropped":5},' +
      '"eth12":{"rx_bytes":1,"rx_packets":2,"rx_errors":3,"rx_dropped":4,' +
      '"tx_bytes":5,"tx_packets":6,"tx_errors":7,"tx_dropped":8}}',
  );
  assert.match(
    networks(`${NET_DEV} front:1 2\nback:1 2\n`, ['front'])!,
    /"eth12":\{[^}]*\},"front":\{"rx_bytes":1,[^}]*\}\}$/,
  );
  assert.equal(networks('Inter-|\n    lo: 1 1\n'), null);
  assert.equal(networks(''), null);
});

test('the CPU time of the machine: seven fields of the first line, and how many processors follow', () => {
  const stat = 'cpu  100 1 20 3000 4 0 5 600 70 8\ncpu0 50 1 2 3 4 5 6 7 8 9\ncpu1 1 1 1 1\nintr 5\ncpu9 1\n';
  assert.deepEqual(systemCpu(stat), { usage: '31300000000', online: 2 });
  assert.deepEqual(systemCpu(''), { usage: '0', online: 0 });
  const large = systemCpu('cpu 9007199254740993 0 0 0 0 0 0\n');
  assert.equal(large.usage, '90071992547409930000000');
});

const cgroup = {
  cpuUsage: '{"total_usage":5,"usage_in_kernelmode":1,"usage_in_usermode":2}',
  throttling: '{"periods":0,"throttled_periods":0,"throttled_time":0}',
  memory: '{"usage":9}',
  pids: '{"current":1}',
  blkio: '{}',
};
const at = (time: string, read = '') =>
  toSample(time, cgroup, { usage: '700', online: 2 }, (name) => (name === 'netDev' ? read : ''));

test('a first line has nothing before it, a later one has', () => {
  const first = at('2026-11-24T00:00:01.000000001Z');
  const line = toLine(first, null);
  assert.ok(line.endsWith('}\r\n'));
  const none = { usage_in_kernelmode: 0, usage_in_usermode: 0, total_usage: 0 };
  assert.deepEqual(JSON.parse(line), {
    read: '2026-11-24T00:00:01.000000001Z',
    preread: '0001-01-01T00:00:00Z',
    pids_stats: { current: 1 },
    blkio_stats: {},
    num_procs: 0,
    storage_stats: {},
    memory_stats: { usage: 9 },
    cpu_stats: {
      cpu_usage: { total_usage: 5, usage_in_kernelmode: 1, usage_in_usermode: 2 },
      system_cpu_usage: 700,
      online_cpus: 2,
      throttling_data: { periods: 0, throttled_periods: 0, throttled_time: 0 },
    },
    precpu_stats: {
      cpu_usage: none,
      throttling_data: { periods: 0, throttled_periods: 0, throttled_time: 0 },
    },
  });
  const second = JSON.parse(toLine(at('2026-11-24T00:00:02.000000000Z', NET_DEV), first));
  assert.equal(second.preread, '2026-11-24T00:00:01.000000001Z');
  assert.equal(second.precpu_stats.system_cpu_usage, 700);
  assert.deepEqual(Object.keys(second.networks), ['eth0', 'eth12']);
});
