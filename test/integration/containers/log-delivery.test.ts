// Receivers of logs that die and come back, and an agent that does: the container never waits, and no line is lost.
import assert from 'node:assert/strict';
import { after, describe, it } from 'node:test';
import { type Receiver, streamReceiver, textOf, udpReceiver } from '#test/harness/log-receiver.ts';
import { waitUntil } from '#test/harness/stack.ts';
import { suite } from '#test/harness/suite.ts';

/** Numbers that came as "…: N", in the order of arrival. */
function numbers(receiver: Receiver): number[] {
  return [...textOf(receiver).matchAll(/: (\d+)\n/g)].map((match) => Number(match[1]));
}

/** All of 1…last came; what came twice came in runs that begin again, not in a mess. */
function assertWhole(seen: number[], last: number): void {
  const came = new Set(seen);
  const missing = Array.from({ length: last }, (_none, i) => i + 1).filter((n) => !came.has(n));
  assert.deepEqual(missing.slice(0, 5), [], `${missing.length} lines are missing`);
  const jumps = seen.filter((n, i) => i > 0 && n > seen[i - 1]! + 1);
  assert.deepEqual(jumps, [], 'nothing is skipped on the way');
}

describe('delivery of logs', () => {
  const s = suite('log-delivery');
  const ok = (...args: string[]) => s.stack.ok(args);
  const receivers: Receiver[] = [];
  after(async () => {
    for (const receiver of receivers) await receiver.stop().catch(() => undefined);
  });
  const begin = async (receiver: Receiver, protocol: string, script: string, ...options: string[]) => {
    receivers.push(receiver);
    const address = `syslog-address=${protocol}://127.0.0.1:${receiver.port}`;
    const opts = [address, ...options].flatMap((option) => ['--log-opt', option]);
    return ok('run', '-d', '--log-driver', 'syslog', ...opts, 'busybox', 'sh', '-c', script);
  };
  const COUNT = 'i=0; while [ $i -lt 600 ]; do i=$((i+1)); echo $i; sleep 0.005; done';

  for (const [protocol, make] of [
    ['tcp', () => streamReceiver(0)],
    ['udp', udpReceiver],
  ] as const) {
    it(`a ${protocol} receiver that dies and comes back gets every line`, async () => {
      const receiver = await make();
      const id = await begin(receiver, protocol, COUNT);
      await waitUntil('lines come', () => numbers(receiver).length > 20);
      await receiver.stop();
      // The container does not care.
      assert.equal(await ok('wait', id), '0');
      assert.equal((await ok('logs', id)).split('\n').length, 600);
      await receiver.start();
      await waitUntil('the last line has come', () => numbers(receiver).includes(600));
      assertWhole(numbers(receiver), 600);
    });
  }

  it('kill -9 of the agent, with the receiver there and not', async () => {
    const receiver = await streamReceiver(0);
    const id = await begin(receiver, 'tcp', COUNT.replace('0.005', '0.02'));
    await waitUntil('lines come', () => numbers(receiver).length > 20);
    await s.stack.kill9('coal');
    await s.stack.start('coal');
    const before = numbers(receiver).length;
    await waitUntil('it goes on', () => numbers(receiver).length > before + 20);
    await receiver.stop();
    await s.stack.kill9('coal');
    await s.stack.start('coal');
    await ok('wait', id);
    await receiver.start();
    await waitUntil('the last line has come', () => numbers(receiver).includes(600));
    assertWhole(numbers(receiver), 600);
  });

  it('a stopped container’s lines wait for the receiver over a restart of the agent, and the next run follows', async () => {
    const receiver = await streamReceiver(0);
    receivers.push(receiver);
    const made = await ok(
      ...['create', '--log-driver', 'syslog', '--log-opt', `syslog-address=tcp://127.0.0.1:${receiver.port}`],
      ...[
        'busybox',
        'sh',
        '-c',
        'n=$(cat /n 2>/dev/null || echo 0); for i in $(seq $((n+1)) $((n+100))); do echo $i; done; echo $((n+100)) > /n',
      ],
    );
    await ok('start', made);
    await ok('wait', made);
    await waitUntil('the first run has come', () => numbers(receiver).includes(100));
    await receiver.stop();
    await s.stack.kill9('coal');
    await s.stack.start('coal');
    // A start wants the receiver, as dockerd's does.
    assert.match((await s.stack.docker(['start', made])).stderr, /connection refused/);
    await receiver.start();
    await ok('start', made);
    await ok('wait', made);
    await waitUntil('the second run has come', () => numbers(receiver).includes(200));
    assertWhole(numbers(receiver), 200);
  });

  it('a receiver that does not read holds nothing up', async () => {
    const receiver = await streamReceiver(0);
    receiver.onChunk = (_chunk, socket) => socket!.pause();
    const id = await begin(
      receiver,
      'tcp',
      'yes 0123456789012345678901234567890 | head -c 50000000; echo; echo 7',
    );
    assert.equal(await ok('wait', id), '0');
    assert.ok((await s.stack.docker(['logs', '--tail', '1', id])).stdout === '7\n');
    assert.ok(Buffer.concat(receiver.chunks).length < 40_000_000);
    // It can be removed, too.
    await ok('rm', id);
  });

  it('100,000 lines in one go arrive in order, once', async () => {
    const receiver = await streamReceiver(0);
    await begin(receiver, 'tcp', 'seq 1 100000');
    await waitUntil('the last line has come', () => textOf(receiver).endsWith(': 100000\n'), 60_000);
    const seen = numbers(receiver);
    assert.equal(seen.length, 100_000);
    assertWhole(seen, 100_000);
  });
});
