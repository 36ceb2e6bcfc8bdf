// Where sending begins again after a break: far enough back, and no further.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Delivered } from '#lib/cn-agent/log-drivers/delivered.ts';
import { runBeginning, type SenderPosition } from '#lib/cn-agent/log-drivers/sender-position.ts';

const at = (record: number): SenderPosition => ({ ...runBeginning(1), record });
const MiB = 1024 * 1024;

/** Sends a batch each `step` ms: position n is reached at n × step. */
function send(batches: number, step: number, opts: { bytes?: number; slow?: boolean } = {}): Delivered {
  const delivered = new Delivered(at(0), 0);
  for (let n = 1; n <= batches; n++) {
    delivered.sent(at(n), { bytes: opts.bytes ?? 100, now: n * step, slow: opts.slow ?? false });
  }
  return delivered;
}

test('the last five seconds are sent again', () => {
  const { record } = send(1000, 20).restart(20_000);
  assert.ok(record <= 750 && record >= 730, `${record}`);
});

test('what is older is not', () => {
  assert.equal(send(10, 1000).restart(60_000).record, 10);
  assert.equal(send(10, 1000).restart(12_500).record, 7);
});

test('all of it when it is younger', () => {
  assert.equal(send(10, 100).restart(1000).record, 0);
  assert.equal(new Delivered(at(3), 0).restart(10).record, 3);
});

test('a receiver that was slow may not have read megabytes', () => {
  const { record } = send(1000, 100, { bytes: MiB / 10, slow: true }).restart(100_000);
  assert.ok(record <= 1000 - 80 && record >= 1000 - 90, `${record}`);
  const seldom = send(20, 10_000, { slow: true }).restart(200_000);
  assert.equal(seldom.record, 14, 'but nothing is on its way for minutes');
});

test('it begins again from there', () => {
  const delivered = send(1000, 20);
  const first = delivered.restart(20_000);
  assert.deepEqual(delivered.restart(20_001), first);
});
