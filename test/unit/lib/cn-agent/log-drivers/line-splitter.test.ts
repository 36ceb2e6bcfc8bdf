// Output as messages, and going on in the middle of it.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LineSplitter, type SplitState } from '#lib/cn-agent/log-drivers/line-splitter.ts';
import type { LogMessage } from '#lib/cn-agent/log-drivers/types.ts';
import type { StreamNo } from '#lib/cn-agent/stdio/run-index.ts';

const BEGIN: SplitState = { offsets: [0, 0, 0], long: [null, null, null] };

/** Feeds pieces of one or both streams, each written in a second of its own. */
class Feeder {
  readonly splitter: LineSplitter;
  readonly ends: [number, number, number];
  #sec = 100;

  constructor(from = BEGIN) {
    this.splitter = new LineSplitter(from);
    this.ends = [...from.offsets];
  }

  feed(stream: StreamNo, text: string, skipped = 0): LogMessage[] {
    const from = this.ends[stream] + skipped;
    const to = from + text.length;
    this.ends[stream] = to;
    this.#sec += 1;
    const marks = [{ sec: this.#sec, nsec: 0, stream, start: from, end: to }];
    const piece = { stream, from, to, marks, skipped: skipped > 0 };
    return this.splitter.feed(piece, Buffer.from(text)).map((m) => ({ ...m, line: Buffer.from(m.line) }));
  }
}

const show = (messages: LogMessage[]) => messages.map(({ stream, sec, line }) => `${stream} ${sec} ${line}`);

test('lines, in parts, of two streams', () => {
  const it = new Feeder();
  assert.deepEqual(show(it.feed(1, 'a\n\nb')), ['1 101 a', '1 101 ']);
  assert.deepEqual(show(it.feed(2, 'x\ny')), ['2 102 x']);
  assert.deepEqual(it.splitter.state.offsets, [0, 3, 2], 'what is not in a message yet is still to come');
  assert.deepEqual(show(it.feed(1, 'c\n')), ['1 103 bc'], 'the time of its end');
  const last = it.splitter.flush();
  assert.deepEqual(show(last), ['2 102 y']);
  assert.equal(last[0]!.partial?.last, false);
  assert.deepEqual(it.splitter.state.offsets, [0, 6, 3]);
});

test('a long line in pieces, as dockerd cuts it', () => {
  const it = new Feeder();
  const parts = [
    ...it.feed(1, 'a'.repeat(10_000)),
    ...it.feed(1, 'a'.repeat(30_000)),
    ...it.feed(1, 'a\nb\n'),
  ];
  assert.deepEqual(
    parts.map(({ line, sec, partial }) => [line.length, sec, partial?.ordinal, partial?.last]),
    [
      [16_384, 102, 1, false],
      [16_384, 102, 2, false],
      [7233, 102, 3, true],
      [1, 103, undefined, undefined],
    ],
  );
  assert.equal(new Set(parts.slice(0, 3).map(({ partial }) => partial!.id)).size, 1);
});

test('exactly 16 KiB is one line', () => {
  const it = new Feeder();
  const messages = it.feed(1, `${'a'.repeat(16_384)}\nb\n`);
  assert.deepEqual(
    messages.map(({ line, partial }) => [line.length, partial]),
    [
      [16_384, null],
      [1, null],
    ],
  );
});

test('a new life goes on where the old one was, also within a long line', () => {
  const text = `one\n${'z'.repeat(40_000)}\ntwo\n`;
  const whole = new Feeder().feed(1, text);
  for (const cut of [2, 4, 5000, 20_000, 40_005, 40_008]) {
    const old = new Feeder();
    const before = old.feed(1, text.slice(0, cut));
    const { state } = old.splitter;
    const next = new Feeder(JSON.parse(JSON.stringify(state)) as SplitState);
    const after = next.feed(1, text.slice(state.offsets[1]));
    const all = [...before, ...after];
    assert.deepEqual(
      all.map(({ line, partial }) => [String(line), partial?.ordinal, partial?.last]),
      whole.map(({ line, partial }) => [String(line), partial?.ordinal, partial?.last]),
      `cut at ${cut}`,
    );
    const ids = new Set(all.filter(({ partial }) => partial).map(({ partial }) => partial!.id));
    assert.equal(ids.size, 1);
  }
});

test('what rotation took is not joined with what follows', () => {
  const it = new Feeder();
  it.feed(1, 'half of a li');
  assert.deepEqual(show(it.feed(1, 'whole\n', 100)), ['1 102 whole']);
  assert.equal(it.splitter.state.offsets[1], 118);
});
