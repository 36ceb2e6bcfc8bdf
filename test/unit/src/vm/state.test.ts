// VM state → Docker's container state.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MD } from '#lib/docker-vm/metadata.ts';
import type { Vm } from '#lib/wire/types.ts';
import { goTime, toState } from '#src/vm/state.ts';
import { buildVm } from './build-vm.ts';

const STARTED = '2026-11-24T10:00:01.500Z';
const EXIT = { exit_timestamp: '2026-11-24T10:00:09.000Z' };

const cases: { name: string; vm: Vm; want: Record<string, unknown> }[] = [
  {
    name: 'never started',
    vm: buildVm(),
    want: { Status: 'created', Running: false, StartedAt: '0001-01-01T00:00:00Z', ExitCode: 0 },
  },
  {
    name: 'running',
    vm: buildVm({ state: 'running', pid: 42, boot_timestamp: STARTED }, { [MD.startedAt]: STARTED }),
    want: { Status: 'running', Running: true, Pid: 42, StartedAt: '2026-11-24T10:00:01.5Z' },
  },
  {
    name: 'paused is also running',
    vm: buildVm({ state: 'running' }, { [MD.startedAt]: STARTED, [MD.paused]: true }),
    want: { Status: 'paused', Running: true, Paused: true },
  },
  {
    name: 'exited',
    vm: buildVm({ ...EXIT, exit_status: 3 }, { [MD.startedAt]: STARTED }),
    want: { Status: 'exited', Running: false, ExitCode: 3, FinishedAt: '2026-11-24T10:00:09Z' },
  },
  {
    name: 'running again: the last end is still told',
    vm: buildVm({ state: 'running' }, { [MD.startedAt]: STARTED, [MD.finishedAt]: EXIT.exit_timestamp }),
    want: { Status: 'running', FinishedAt: '2026-11-24T10:00:09Z' },
  },
  {
    name: 'a real zone tells a signal as a negative number',
    vm: buildVm({ ...EXIT, exit_status: -9 }),
    want: { Status: 'exited', ExitCode: 137 },
  },
  {
    name: 'an end that nobody saw is not a good one',
    vm: buildVm({}, { [MD.startedAt]: STARTED }),
    want: { Status: 'exited', Running: false, ExitCode: 255 },
  },
  {
    name: 'in the back-off of a restart',
    vm: buildVm({ ...EXIT, exit_status: 1 }, { [MD.startedAt]: STARTED, [MD.restarting]: true }),
    want: { Status: 'restarting', Running: true, Restarting: true, ExitCode: 1, Pid: 0 },
  },
  {
    name: 'the first start failed',
    vm: buildVm({ exit_status: 127, ...EXIT }, { [MD.error]: 'no such file' }),
    want: { Status: 'created', ExitCode: 127, Error: 'no such file' },
  },
  {
    name: 'killed for memory',
    vm: buildVm({ ...EXIT, exit_status: 137 }, { [MD.startedAt]: STARTED, [MD.oomKilled]: true }),
    want: { Status: 'exited', OOMKilled: true, ExitCode: 137 },
  },
  { name: 'being made', vm: buildVm({ state: 'provisioning' }), want: { Status: 'created' } },
];

for (const { name, vm, want } of cases) {
  test(`state: ${name}`, () => {
    const state = toState(vm) as unknown as Record<string, unknown>;
    assert.deepEqual({ ...state, ...want }, state);
  });
}

test('times as Go prints them', () => {
  assert.equal(goTime('2026-01-02T03:04:05.000Z'), '2026-01-02T03:04:05Z');
  assert.equal(goTime('2026-01-02T03:04:05.120Z'), '2026-01-02T03:04:05.12Z');
  assert.equal(goTime('2026-01-02T03:04:05Z'), '2026-01-02T03:04:05Z');
  assert.equal(goTime('2026-01-02T03:04:05.123456789Z'), '2026-01-02T03:04:05.123456789Z');
  assert.equal(goTime(undefined), '0001-01-01T00:00:00Z');
});
