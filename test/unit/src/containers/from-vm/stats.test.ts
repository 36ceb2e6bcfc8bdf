// Samples of statistics: ours pass with the container's name in front, the real agent's are completed.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fromTriton, withIdentity, zeroStats } from '#src/containers/from-vm/stats.ts';

const identity = { id: 'a'.repeat(64), name: 'na"me', version: 41 };

test('our own lines are not touched: 64 bits stay 64 bits', () => {
  const line = Buffer.from('{"read":"2026","memory_stats":{"stats":{"x":9223372036854771712}}}');
  assert.equal(
    withIdentity(line, identity).toString(),
    `{"id":"${identity.id}","name":"/na\\"me","read":"2026","memory_stats":{"stats":{"x":9223372036854771712}}}\n`,
  );
  assert.match(withIdentity(line, { ...identity, version: 52 }).toString(), /"os_type":"linux","read"/);
});

test('a container that does not run: every member, all zero', () => {
  const zero = zeroStats(identity);
  assert.equal(zero.read, '0001-01-01T00:00:00Z');
  assert.equal(zero.preread, '0001-01-01T00:00:00Z');
  assert.deepEqual(Object.keys(zero).sort(), [
    ...['blkio_stats', 'cpu_stats', 'id', 'memory_stats', 'name', 'num_procs', 'pids_stats'],
    ...['precpu_stats', 'preread', 'read', 'storage_stats'],
  ]);
  assert.deepEqual(zero.precpu_stats, {
    cpu_usage: { total_usage: 0, usage_in_kernelmode: 0, usage_in_usermode: 0 },
    throttling_data: { periods: 0, throttled_periods: 0, throttled_time: 0 },
  });
});

test("the real agent's line gets what it lacks", () => {
  const line = {
    read: '2026-11-24T00:00:00.000Z',
    cpu_stats: { cpu_usage: { total_usage: 3, percpu_usage: [3] }, system_cpu_usage: 100 },
    precpu_stats: { cpu_usage: { total_usage: 1 } },
    memory_stats: { usage: 7, limit: 9 },
    blkio_stats: { io_service_bytes_recursive: [] },
    networks: { net0: { rx_bytes: 1 } },
  };
  const answer = JSON.parse(fromTriton(Buffer.from(JSON.stringify(line)), identity).toString());
  assert.equal(answer.name, '/na"me');
  assert.deepEqual(answer.networks, line.networks);
  assert.deepEqual(answer.cpu_stats, line.cpu_stats);
  assert.deepEqual(answer.pids_stats, {});
  assert.equal(answer.num_procs, 0);
  assert.equal(answer.blkio_stats.sectors_recursive, null);
  assert.deepEqual(answer.blkio_stats.io_service_bytes_recursive, []);
  const old = JSON.parse(fromTriton(Buffer.from('{"network":{"rx_bytes":2}}'), identity).toString());
  assert.deepEqual(old.networks, { eth0: { rx_bytes: 2 } });
  assert.equal('network' in old, false);
  assert.throws(() => fromTriton(Buffer.from('{"half'), identity), SyntaxError);
});
