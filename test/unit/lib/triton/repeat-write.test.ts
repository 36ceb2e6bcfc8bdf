// lib/triton/repeat-write.ts and vm-writes.ts: a write whose answer was lost is neither lost nor done twice.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { OUTCOME_UNKNOWN } from '#lib/triton/call.ts';
import { settle, type Write } from '#lib/triton/repeat-write.ts';
import { createOutcome, isKill, rebootedSince, startedSince } from '#lib/triton/vm-writes.ts';
import { TritonError } from '#lib/wire/errors.ts';
import type { VmState } from '#lib/wire/types.ts';
import { buildVm } from '#test/unit/src/vm/build-vm.ts';

const error = (restCode: string) => new TritonError(restCode, 500, restCode);

/** Plays the outcomes of the sends; counts them. */
function play(outcomes: (string | 'ok')[], rest: Partial<Write<string>> = {}) {
  const told = { sent: 0 };
  const send = async (): Promise<string> => {
    const outcome = outcomes[told.sent++] ?? 'ok';
    if (outcome !== 'ok') throw error(outcome);
    return 'done';
  };
  return { told, result: settle<string>({ send, ...rest }) };
}

test('an answer is an answer, also a refusal', async () => {
  assert.equal(await play([]).result, 'done');
  const refused = play(['VmNotRunning'], { doneMeans: ['VmNotRunning'], answer: 'was' });
  await assert.rejects(refused.result, { restCode: 'VmNotRunning' });
  assert.equal(refused.told.sent, 1);
});

test('after a break: not done is sent again, done is not', async () => {
  const again = play([OUTCOME_UNKNOWN], { wasDone: async () => null });
  assert.equal(await again.result, 'done');
  assert.equal(again.told.sent, 2);
  const was = play([OUTCOME_UNKNOWN], { wasDone: async () => 'was' });
  assert.equal(await was.result, 'was');
  assert.equal(was.told.sent, 1);
});

test('after a break a refusal of the second time may mean that the first was done', async () => {
  const twice = { doneMeans: ['VmNotRunning'], answer: 'was' };
  assert.equal(await play([OUTCOME_UNKNOWN, 'VmNotRunning'], twice).result, 'was');
  await assert.rejects(play([OUTCOME_UNKNOWN, 'VmPaused'], twice).result, { restCode: 'VmPaused' });
});

test('what cannot be said is thrown, and a service that dies of it is left alone', async () => {
  const wasDone = async (): Promise<null> => {
    throw error('ServiceUnavailable');
  };
  await assert.rejects(play([OUTCOME_UNKNOWN], { wasDone }).result, { restCode: 'ServiceUnavailable' });
  const dies = play(Array(20).fill(OUTCOME_UNKNOWN));
  await assert.rejects(dies.result, { restCode: OUTCOME_UNKNOWN });
  assert.equal(dies.told.sent, 6);
});

const [T1, T2] = ['2026-01-01T00:00:01.000Z', '2026-01-01T00:00:02.000Z'];
const ended = buildVm({ exit_status: 0, exit_timestamp: T1 });
const cutOff = buildVm({ exit_status: 128, exit_timestamp: T1 }, { 'docker:startedat': T2 });
const runs = (startedAt: string) => buildVm({ state: 'running' }, { 'docker:startedat': startedAt });

test('a start shows in the VM: running, or a new end', () => {
  assert.equal(startedSince(ended, ended), false);
  assert.equal(startedSince(ended, cutOff), false);
  assert.equal(startedSince(ended, runs(T2)), true);
  assert.equal(startedSince(ended, buildVm({ exit_status: 0, exit_timestamp: T2 })), true);
});

test('a reboot shows in the VM: another run', () => {
  assert.equal(rebootedSince(runs(T1), runs(T1)), false);
  assert.equal(rebootedSince(runs(T1), ended), false);
  assert.equal(rebootedSince(runs(T1), runs(T2)), true);
});

test('a creation: unknown, done, or cut off and undone', async () => {
  const get = (state: VmState) => async () => buildVm({ state });
  assert.deepEqual(await createOutcome('u', get('stopped')), { vm_uuid: 'u', job_uuid: '' });
  await assert.rejects(createOutcome('u', get('failed')), { restCode: 'CreateCutOff' });
  const unknown = async (): Promise<never> => {
    throw error('ResourceNotFound');
  };
  assert.equal(await createOutcome('u', unknown), null);
});

test('KILL is the one signal that may be sent twice', () => {
  for (const signal of [9, '9', 'KILL', 'SIGKILL']) assert.equal(isKill(signal), true);
  for (const signal of [15, 'TERM', 'SIGUSR1', 0]) assert.equal(isKill(signal), false);
});
