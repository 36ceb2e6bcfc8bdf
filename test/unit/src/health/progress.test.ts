// src/health/progress.ts: streaks, the start period, the log of five, and when the next probe is due.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { HealthRecord, HealthResult } from '#lib/store/types.ts';
import { begun, delayToNext, probed, suspended } from '#src/health/progress.ts';

const BOOT = '2026-11-24T10:00:00.000Z';
const at = (seconds: number) => new Date(Date.parse(BOOT) + seconds * 1000).toISOString();
const check = {
  cmd: ['a'],
  interval: 30_000,
  timeoutNs: 1e9,
  startPeriod: 10_000,
  startInterval: 1000,
  retries: 2,
};
const result = (code: number, seconds: number): HealthResult => ({
  Start: at(seconds),
  End: at(seconds + 0.1),
  ExitCode: code,
  Output: '',
});
/** Status and streak after each result of [exit code, seconds since the boot]. */
function play(results: [number, number][], from = begun('vm', BOOT, null)): string[] {
  let record = from;
  return results.map(([code, seconds]) => {
    record = probed(record, result(code, seconds), check);
    return `${record.status} ${record.failing_streak}`;
  });
}

const stories: [string, [number, number][], string[]][] = [
  ['a success makes it healthy at once', [[0, 1]], ['healthy 0']],
  [
    'failures in the start period do not count, and then they do',
    [
      [1, 1],
      [1, 9.9],
      [1, 10],
      [1, 11],
    ],
    ['starting 0', 'starting 0', 'starting 1', 'unhealthy 2'],
  ],
  [
    'after a success the start period is over',
    [
      [0, 1],
      [1, 2],
      [-1, 3],
      [0, 4],
    ],
    ['healthy 0', 'healthy 1', 'unhealthy 2', 'healthy 0'],
  ],
  [
    'the streak goes on when it is unhealthy',
    [
      [1, 20],
      [2, 21],
      [3, 22],
    ],
    ['starting 1', 'unhealthy 2', 'unhealthy 3'],
  ],
];
for (const [name, results, want] of stories) test(name, () => assert.deepEqual(play(results), want));

test('five results are kept, also over a restart', () => {
  let record: HealthRecord = begun('vm', BOOT, null);
  for (let i = 0; i < 7; i++) record = probed(record, result(i, 20 + i), check);
  assert.deepEqual(
    record.log.map((entry) => entry.ExitCode),
    [2, 3, 4, 5, 6],
  );
  const again = begun('vm', at(60), record);
  assert.deepEqual(
    [again.status, again.failing_streak, again.run, again.log.length],
    ['starting', 0, at(60), 5],
  );
});

test('one that does not run is unhealthy, and keeps its streak and log', () => {
  const record = probed(begun('vm', BOOT, null), result(0, 1), check);
  assert.deepEqual(suspended(record), { ...record, status: 'unhealthy' });
});

test('the next probe: start interval while it starts, else the interval, never in the past', () => {
  const now = (seconds: number) => Date.parse(at(seconds));
  const delay = (status: HealthRecord['status'], since: number, nowAt: number) =>
    delayToNext({ run: BOOT, status }, check, { since: now(since), now: now(nowAt) });
  assert.equal(delay('starting', 0, 0), 1000);
  assert.equal(delay('starting', 2, 2.5), 500);
  assert.equal(delay('healthy', 2, 2), 30_000);
  assert.equal(delay('starting', 10, 10), 30_000);
  assert.equal(delay('healthy', 2, 100), 0);
});
