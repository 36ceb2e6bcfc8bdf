// src/health/launch-gate.ts: so many at a time per compute node, first come first served, and no place is lost.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LaunchGate } from '#src/health/launch-gate.ts';

test('a place is given on to the next, once', async () => {
  const gate = new LaunchGate(1);
  const order: string[] = [];
  const leave = await gate.enter('a');
  const second = gate.enter('a').then((next) => {
    order.push('second');
    return next;
  });
  const third = gate.enter('a').then(() => order.push('third'));
  (await gate.enter('b'))();
  assert.deepEqual(order, []);
  leave();
  leave();
  const leaveSecond = await second;
  assert.deepEqual(order, ['second']);
  leaveSecond();
  await third;
  assert.deepEqual(order, ['second', 'third']);
});
