// When a wait is over, whatever the order in which state and transitions are seen.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MD } from '#lib/docker-vm/metadata.ts';
import type { Vm } from '#lib/wire/types.ts';
import { Watch } from '#src/containers/wait.ts';
import type { VmTransition } from '#src/events/hub.ts';
import { buildVm } from '#test/unit/src/vm/build-vm.ts';

const START = { [MD.startedAt]: '2026-11-24T10:00:00.000Z' };
const running = buildVm({ state: 'running' }, START);
const exited = (code: number, at = '2026-11-24T10:00:05.000Z', md: object = {}) =>
  buildVm({ exit_status: code, exit_timestamp: at }, { ...START, ...md });
const tell = (kind: VmTransition['kind'], vm: Vm): VmTransition => ({ kind, vm, prev: null });
const pending = async (watch: Watch) =>
  (await Promise.race([watch.result, Promise.resolve('pending')])) === 'pending';

test('not-running: at once when it does not run, with the last code and error', async () => {
  const watch = new Watch('not-running');
  watch.begin(exited(4, undefined, { [MD.error]: 'boom' }));
  assert.deepEqual(await watch.result, { StatusCode: 4, Error: { Message: 'boom' } });
});

test('not-running: at the exit', async () => {
  const watch = new Watch('not-running');
  watch.begin(running);
  assert.equal(await pending(watch), true);
  watch.see(tell('exit', exited(7)));
  assert.deepEqual(await watch.result, { StatusCode: 7 });
});

test('an exit told between subscription and the reading of the state counts', async () => {
  const watch = new Watch('next-exit');
  watch.see(tell('exit', exited(7)));
  watch.begin(running);
  assert.deepEqual(await watch.result, { StatusCode: 7 });
});

test('next-exit: an exit that the state already showed does not count, the next one does', async () => {
  const watch = new Watch('next-exit');
  watch.begin(exited(1));
  watch.see(tell('exit', exited(1)));
  assert.equal(await pending(watch), true);
  watch.see(tell('exit', exited(2, '2026-11-24T10:00:06.000Z')));
  assert.deepEqual(await watch.result, { StatusCode: 2 });
});

test('removed: the exit is remembered, the end of the container answers', async () => {
  const watch = new Watch('removed');
  watch.begin(buildVm());
  watch.see(tell('boot', running));
  watch.see(tell('exit', exited(127, undefined, { [MD.error]: 'no such file' })));
  assert.equal(await pending(watch), true);
  watch.see(tell('destroyed', buildVm({ state: 'destroyed' })));
  assert.deepEqual(await watch.result, { StatusCode: 127 });
});

test('a removal of what ran, with an end that nobody saw, is not a good end', async () => {
  const watch = new Watch('removed');
  watch.begin(running);
  watch.see(tell('destroyed', buildVm({ state: 'destroyed' }, START)));
  assert.deepEqual(await watch.result, { StatusCode: 255 });
});

test('a removal ends every wait', async () => {
  const watch = new Watch('next-exit');
  watch.begin(running);
  watch.see(tell('destroyed', buildVm({ state: 'destroyed', exit_status: 137 })));
  assert.deepEqual(await watch.result, { StatusCode: 137 });
});
