// An account without daemon.hostAccess: nothing that reaches into the machine, everything else as usual.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { run } from '#test/harness/stack.ts';
import { suite } from '#test/harness/suite.ts';

describe('without host access', () => {
  const s = suite('host-access', { daemon: { hostAccess: [] } });

  it('refuses at create, exec and volume create, and runs what stays inside', async () => {
    assert.equal(await s.stack.ok(['run', '--rm', '-v', 'data:/d', 'busybox', 'echo', 'inside']), 'inside');
    await s.stack.ok(['run', '-d', '--name', 'plain', 'busybox', 'sleep', '1000']);
    assert.equal(await s.stack.ok(['exec', 'plain', 'echo', 'inside']), 'inside');
    for (const [args, what] of [
      [['run', '-v', '/etc:/host', 'busybox', 'cat', '/host/shadow'], /paths of the compute node/],
      [['run', '--privileged', 'busybox', 'true'], /--privileged/],
      [['run', '--network', 'host', 'busybox', 'true'], /--network host/],
      [['exec', '--privileged', 'plain', 'true'], /--privileged/],
      [['volume', 'create', '-o', 'type=none', '-o', 'o=bind', '-o', 'device=/etc'], /mount options/],
    ] as const) {
      const { code, stderr } = await s.stack.docker([...args]);
      assert.notEqual(code, 0);
      assert.match(stderr, what);
      assert.match(stderr, /this account may not reach into the compute node/);
    }
    // The CLI has no flag for it.
    const limits = JSON.stringify({ BlkioDeviceReadBps: [{ Path: '/dev/null', Rate: 1000 }] });
    const json = ['-H', 'Content-Type: application/json', '-d', limits];
    const url = 'http://docker/containers/plain/update';
    const update = await run('curl', ['-s', '--unix-socket', s.stack.socketPath, ...json, url]);
    assert.match(update.stdout, /limits by device .*: this account may not reach into the compute node/);
  });
});
