// lib/cn-agent/stdio/wall-clock.ts: time stamps to nanoseconds, read, written and compared; a clock that never goes back.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compareStamps, formatStamp, parseStamp, WallClock } from '#lib/cn-agent/stdio/wall-clock.ts';

const STAMPS: [text: string | undefined, stamp: object | null | 'no'][] = [
  ['', null],
  [undefined, null],
  ['2026-11-24T04:02:12Z', { sec: 1795492932, nsec: 0 }],
  ['2026-11-24T04:02:12.5Z', { sec: 1795492932, nsec: 500_000_000 }],
  ['2026-11-24T04:02:12.123456789Z', { sec: 1795492932, nsec: 123_456_789 }],
  ['2026-11-24T06:02:12.000000001999+02:00', { sec: 1795492932, nsec: 1 }],
  ['1969-12-31T23:59:59Z', { sec: -1, nsec: 0 }],
  ['2026-11-24', 'no'],
  ['2026-13-24T04:02:12Z', 'no'],
  ['2026-11-24T04:02:12', 'no'],
  ['1795492932', 'no'],
];
for (const [text, stamp] of STAMPS) {
  test(`time '${text}'`, () => {
    if (stamp === 'no') assert.throws(() => parseStamp(text), RangeError);
    else assert.deepEqual(parseStamp(text), stamp);
  });
}

test('what is written is read again, in the form of fixed width', () => {
  const stamp = { sec: 1795492932, nsec: 7 };
  assert.equal(formatStamp(stamp), '2026-11-24T04:02:12.000000007Z');
  assert.deepEqual(parseStamp(formatStamp(stamp)), stamp);
});

test('the order of stamps', () => {
  const sorted = [
    { sec: 1, nsec: 999_999_999 },
    { sec: 2, nsec: 0 },
    { sec: 2, nsec: 1 },
  ];
  assert.deepEqual(sorted.toReversed().sort(compareStamps), sorted);
  assert.equal(compareStamps(sorted[1]!, { sec: 2, nsec: 0 }), 0);
});

test('the clock rises, stays near the wall clock, and its nanoseconds are in their range', () => {
  const clock = new WallClock();
  let last = clock.now();
  for (let i = 0; i < 10_000; i++) {
    const now = clock.now();
    assert.ok(compareStamps(now, last) >= 0);
    assert.ok(Number.isInteger(now.sec) && now.nsec >= 0 && now.nsec < 1e9);
    last = now;
  }
  assert.ok(Math.abs(last.sec * 1000 + last.nsec / 1e6 - Date.now()) < 1000);
});
