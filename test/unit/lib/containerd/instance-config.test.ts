// lib/containerd/instance-config.ts: the settings that containers depend on.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { instanceConfig } from '#lib/containerd/instance-config.ts';

const PATHS = { root: '/var/r', state: '/run/s', socket: '/run/c.sock' };

test('a shim that is slow to answer is not taken for dead, which would kill its container', () => {
  const [, timeouts] = instanceConfig(PATHS).split('[timeouts]\n');
  const seconds = /^"io\.containerd\.timeout\.shim\.load" = "(\d+)s"$/m.exec(timeouts ?? '')?.[1];
  assert.ok(Number(seconds) >= 60);
});

test('paths are quoted, and one that the kernel cannot take is refused', () => {
  assert.match(instanceConfig({ ...PATHS, root: '/a "b"' }), /^root = "\/a \\"b\\""$/m);
  assert.throws(() => instanceConfig({ ...PATHS, socket: `/${'x'.repeat(110)}` }), /longer than/);
});
