// lib/cn-agent/through-restart.ts: what a death of containerd repeats, and what it does not.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AgentNode } from '#lib/cn-agent/node.ts';
import { throughRestart } from '#lib/cn-agent/through-restart.ts';
import { ContainerdError } from '#lib/containerd/errors.ts';

const node = (closing = AbortSignal.any([])) =>
  ({ containerd: { ready: async () => undefined }, closing }) as unknown as AgentNode;
const failure = (code: string) => new ContainerdError(code, 'tasks.Create', 'no');

/** Fails with the codes in turn, then gives what it was told of being called again. */
function work(...codes: string[]) {
  const told: boolean[] = [];
  return async (again: boolean): Promise<boolean[]> => {
    told.push(again);
    const code = codes.shift();
    if (code !== undefined) throw failure(code);
    return told;
  };
}

test('repeated when containerd was lost, and told so', async () => {
  assert.deepEqual(await throughRestart(node(), work()), [false]);
  assert.deepEqual(await throughRestart(node(), work('UNAVAILABLE', 'UNAVAILABLE')), [false, true, true]);
});

test('a refusal is not repeated, nor is anything when the agent ends, nor for ever', async () => {
  await assert.rejects(throughRestart(node(), work('NOT_FOUND')), { code: 'NOT_FOUND' });
  await assert.rejects(throughRestart(node(AbortSignal.abort()), work('UNAVAILABLE')), {
    code: 'UNAVAILABLE',
  });
  await assert.rejects(throughRestart(node(), work(...Array(9).fill('UNAVAILABLE'))), {
    code: 'UNAVAILABLE',
  });
});
