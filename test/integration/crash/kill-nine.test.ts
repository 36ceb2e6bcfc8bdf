// kill -9 of daemon, CoaL and containerd: containers keep running, output is kept, ps, logs, exec, stop and codes are right after.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type Program, waitUntil } from '#test/harness/stack.ts';
import { suite } from '#test/harness/suite.ts';

const orders: Program[][] = [
  ['daemon'],
  ['coal'],
  ['containerd'],
  ['daemon', 'coal', 'containerd'],
  ['containerd', 'coal', 'daemon'],
  ['coal', 'daemon'],
];

describe('kill -9', () => {
  const s = suite('kill-nine');
  const ok = (...args: string[]) => s.stack.ok(args);

  for (const order of orders) {
    it(`of ${order.join(', then ')}`, async () => {
      const counter = await ok(
        'run',
        '-d',
        'busybox',
        'sh',
        '-c',
        'i=0; while :; do i=$((i+1)); echo $i; sleep 0.02; done',
      );
      const ender = await ok(
        'run',
        '-d',
        'busybox',
        'sh',
        '-c',
        'while [ ! -e /tmp/go ]; do sleep 0.05; done; exit 42',
      );
      const remover = await ok(
        'run',
        '-d',
        '--rm',
        'busybox',
        'sh',
        '-c',
        'while [ ! -e /tmp/go ]; do sleep 0.05; done; exit 0',
      );
      const again = await ok('run', '-d', '--restart', 'always', 'busybox', 'sh', '-c', 'echo up; sleep 0.7');
      const pid = await ok('inspect', '-f', '{{.State.Pid}}', counter);
      // They end while things are down.
      await ok('exec', '-d', ender, 'sh', '-c', 'sleep 1; touch /tmp/go');
      await ok('exec', '-d', remover, 'sh', '-c', 'sleep 1; touch /tmp/go');

      for (const program of order) await s.stack.kill9(program);
      // Side by side: neither answers without the other.
      const ours = order.filter((program) => program !== 'containerd');
      await Promise.all(ours.map((program) => s.stack.start(program)));
      await s.stack.ready();

      assert.equal(await ok('inspect', '-f', '{{.State.Status}} {{.State.Pid}}', counter), `running ${pid}`);
      assert.equal(await ok('wait', ender), '42');
      assert.equal(await ok('inspect', '-f', '{{.State.ExitCode}}', ender), '42');
      await waitUntil(
        '--rm has removed',
        async () => (await ok('ps', '-aq', '--no-trunc')).includes(remover) === false,
      );
      assert.equal(await ok('exec', counter, 'echo', 'alive'), 'alive');
      await waitUntil(
        'the restart policy goes on',
        async () => (await ok('logs', again)).split('\n').length >= 3,
      );

      await ok('kill', counter);
      assert.equal(await ok('wait', counter), '137');
      const lines = (await ok('logs', counter)).split('\n');
      assert.deepEqual(
        lines,
        lines.map((_line, i) => String(i + 1)),
      );
      assert.ok(lines.length > 20, `${lines.length} lines`);
      await ok('rm', '-f', counter, ender, again);
    });
  }

  it('a command given while CoaL is away is done when it is back', async () => {
    await s.stack.kill9('coal');
    const asked = ['ps', 'version', 'info', 'pull busybox'].map((words) => s.stack.docker(words.split(' ')));
    const ran = s.stack.docker(['run', '--rm', 'busybox', 'echo', 'waited']);
    await s.stack.start('coal');
    for (const answer of asked) assert.equal((await answer).code, 0, (await answer).stderr);
    assert.deepEqual(await ran, { code: 0, stdout: 'waited\n', stderr: '' });
  });
});
