// The STATUS column and go-units' durations.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MD } from '#lib/docker-vm/metadata.ts';
import { humanDuration, statusText } from '#src/containers/from-vm/status-text.ts';
import { buildVm } from '#test/unit/src/vm/build-vm.ts';

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

const durations: [number, string][] = [
  [450, 'Less than a second'],
  [SECOND, '1 second'],
  [45 * SECOND, '45 seconds'],
  [60 * SECOND, 'About a minute'],
  [119 * SECOND, 'About a minute'],
  [3 * MINUTE, '3 minutes'],
  [59.9 * MINUTE, '59 minutes'],
  [60 * MINUTE, 'About an hour'],
  [89 * MINUTE, 'About an hour'],
  [90 * MINUTE, '2 hours'],
  [47 * HOUR, '47 hours'],
  [3 * DAY, '3 days'],
  [14 * DAY, '2 weeks'],
  [60 * DAY, '2 months'],
  [800 * DAY, '2 years'],
];

for (const [ms, text] of durations) {
  test(`duration: ${text}`, () => assert.equal(humanDuration(ms), text));
}

test('status: up, exited, restarting, created', () => {
  const now = Date.parse('2026-11-24T10:02:00Z');
  const started = { [MD.startedAt]: '2026-11-24T10:01:57Z' };
  const exit = { exit_timestamp: '2026-11-24T10:00:00Z' };
  assert.equal(statusText(buildVm({ state: 'running' }, started), now), 'Up 3 seconds');
  for (const [Status, text] of [
    ['starting', 'Up 3 seconds (health: starting)'],
    ['healthy', 'Up 3 seconds (healthy)'],
    ['unhealthy', 'Up 3 seconds (unhealthy)'],
  ] as const) {
    assert.equal(statusText(buildVm({ state: 'running' }, started), now, { Status }), text);
  }
  const paused = buildVm({ state: 'running' }, { ...started, [MD.paused]: true });
  assert.equal(statusText(paused, now), 'Up 3 seconds (Paused)');
  assert.equal(statusText(buildVm({ ...exit, exit_status: 0 }, started), now), 'Exited (0) 2 minutes ago');
  const restarting = buildVm({ ...exit, exit_status: 1 }, { ...started, [MD.restarting]: true });
  assert.equal(statusText(restarting, now), 'Restarting (1) 2 minutes ago');
  assert.equal(statusText(buildVm(), now), 'Created');
});
