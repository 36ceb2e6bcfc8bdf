// src/health/view.ts: what inspect and list show of a container's health in each of its states.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MD } from '#lib/docker-vm/metadata.ts';
import { goDuration } from '#src/health/go-duration.ts';
import { LimitedText } from '#src/health/probe.ts';
import { type KnownHealth, toHealth } from '#src/health/view.ts';
import { buildVm } from '#test/unit/src/vm/build-vm.ts';

const RUN = '2026-11-24T10:01:57.000Z';
const config = { [MD.config]: JSON.stringify({ Healthcheck: { Test: ['CMD', 'true'] } }) };
const log = [{ Start: RUN, End: RUN, ExitCode: 0, Output: 'fine' }];
const known: KnownHealth = { vm_uuid: 'vm', run: RUN, status: 'healthy', failing_streak: 0, log };
const started = { ...config, [MD.startedAt]: RUN };
const running = buildVm({ state: 'running' }, started);
const down = { exit_status: 1, exit_timestamp: RUN };

const cases: [string, ReturnType<typeof buildVm>, KnownHealth | null, unknown][] = [
  ['running', running, known, { Status: 'healthy', FailingStreak: 0, Log: log }],
  ['not probed yet', running, null, { Status: 'starting', FailingStreak: 0, Log: [] }],
  [
    'booted again, and the monitor does not know yet',
    running,
    { ...known, run: '2026-11-24T09:00:00.000Z', failing_streak: 3, status: 'unhealthy' },
    { Status: 'starting', FailingStreak: 0, Log: log },
  ],
  [
    'paused',
    buildVm({ state: 'running' }, { ...started, [MD.paused]: true }),
    known,
    { Status: 'unhealthy', FailingStreak: 0, Log: log },
  ],
  ['exited', buildVm(down, started), known, { Status: 'unhealthy', FailingStreak: 0, Log: log }],
  ['never started', buildVm({}, config), null, null],
  ['without a check', buildVm({ state: 'running' }, { [MD.startedAt]: RUN }), null, null],
];
for (const [name, vm, record, want] of cases) {
  test(name, () => assert.deepEqual(toHealth(vm, record), want));
}

test("durations in Go's words", () => {
  const words: [number, string][] = [
    [0, '0s'],
    [1e6, '1ms'],
    [1500, '1.5µs'],
    [5e8, '500ms'],
    [1e9, '1s'],
    [1.5e9, '1.5s'],
    [60e9, '1m0s'],
    [90.5e9, '1m30.5s'],
    [3600e9, '1h0m0s'],
  ];
  for (const [ns, text] of words) assert.equal(goDuration(ns), text);
});

test('output is cut at 4096 bytes', () => {
  const text = new LimitedText();
  text.add(Buffer.alloc(4000, 'a'));
  text.add(Buffer.alloc(96, 'b'));
  assert.equal(text.text(), 'a'.repeat(4000) + 'b'.repeat(96));
  text.add(Buffer.from('c'));
  assert.equal(text.text(), `${'a'.repeat(4000)}${'b'.repeat(96)}...`);
});
