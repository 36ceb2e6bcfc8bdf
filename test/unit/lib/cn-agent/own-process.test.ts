// lib/cn-agent/own-process.ts: only a process in the container's own cgroup is the container's.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import type { Machine } from '#lib/cn-agent/machine.ts';
import { isOwnProcess, killForgotten } from '#lib/cn-agent/own-process.ts';

const named = (uuid: string) => ({ uuid, settings: { dockerId: 'no-such-id' } }) as unknown as Machine;

test('a stranger, a pid that is gone, and none', async () => {
  const machine = named('7a0c5ba4-0000-4000-8000-000000000000');
  for (const pid of [process.pid, 2 ** 22 + 1, 0, -1]) assert.equal(isOwnProcess(machine, pid), false);
  assert.equal(await killForgotten(machine), false);
});

test('one in its cgroup is its own', () => {
  // Whatever cgroup this test is in stands for the container's.
  const cgroup = readFileSync('/proc/self/cgroup', 'utf8').split('\n')[0]!;
  assert.equal(isOwnProcess(named(cgroup), process.pid), true);
});
