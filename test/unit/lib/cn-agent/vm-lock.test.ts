// The queue of one VM.
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { VmLock } from '#lib/cn-agent/vm-lock.ts';

it('runs one at a time, in order, also after a failure', async () => {
  const lock = new VmLock();
  const seen: string[] = [];
  const gate = Promise.withResolvers<void>();
  const first = lock.run(async () => {
    await gate.promise;
    seen.push('first');
  });
  const second = lock.run(async () => {
    seen.push('second');
    throw new Error('second fails');
  });
  const third = lock.run(async () => seen.push('third'));
  assert.deepEqual(seen, []);
  gate.resolve();
  await first;
  await assert.rejects(second, /second fails/);
  await third;
  await lock.idle();
  assert.deepEqual(seen, ['first', 'second', 'third']);
});
