// lib/cn-agent/stdio: from files and index to lines — cursor, line framer, the last N lines, lines since a time.
import assert from 'node:assert/strict';
import { hash } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { BufferPool } from '#lib/cn-agent/stdio/buffer-pool.ts';
import { beginning, Cursor, presentEnd } from '#lib/cn-agent/stdio/cursor.ts';
import { LineFramer, MAX_LINE } from '#lib/cn-agent/stdio/line-framer.ts';
import { findSince, findTail, laterStart } from '#lib/cn-agent/stdio/log-position.ts';
import type { StreamNo } from '#lib/cn-agent/stdio/run-index.ts';
import { formatStamp } from '#lib/cn-agent/stdio/wall-clock.ts';
import type { ZoneRuns } from '#lib/cn-agent/stdio/zone-runs.ts';
import { frameCollector, type Line, linesFrom, runsIn, seeded, write } from './written-run.ts';

const dir = mkdtempSync('/tmp/sdct-lines-');
after(() => rmSync(dir, { recursive: true, force: true }));
let made = 0;
type Written = [stream: StreamNo, text: string];

/** Runs with these writes; the last one goes on when `live`. */
function written(list: Written[][], opts: { live?: boolean; tty?: boolean } = {}): ZoneRuns {
  const runs = runsIn(join(dir, String(made++)));
  for (const [i, writes] of list.entries()) {
    const run = runs.create(opts.tty ?? false);
    run.markRunning();
    for (const [stream, text] of writes) write(runs.dir, run, stream, text);
    if (!(opts.live && i === list.length - 1)) run.finish();
  }
  return runs;
}

/** The same without any of the code under test: a line is there when its end is; unfinished ones come last, stdout first. */
function model(list: Written[][]): (Line & { at: number })[] {
  const lines: (Line & { at: number })[] = [];
  let at = 1_000_000_000;
  for (const writes of list) {
    const open = ['', '', ''];
    for (const [stream, text] of writes) {
      at += 1;
      const parts = (open[stream]! + text).split('\n');
      open[stream] = parts.pop()!;
      for (const part of parts)
        for (const piece of pieces(`${part}\n`)) lines.push({ stream, text: piece, at });
      // A line that grows over the limit does not wait for its end.
      for (; open[stream]!.length >= MAX_LINE; open[stream] = open[stream]!.slice(MAX_LINE)) {
        lines.push({ stream, text: open[stream]!.slice(0, MAX_LINE), at });
      }
    }
    for (const stream of [1, 2])
      for (const piece of pieces(open[stream]!)) lines.push({ stream, text: piece, at });
  }
  return lines;
}
function pieces(line: string): string[] {
  const out: string[] = [];
  for (let from = 0; from < line.length; from += MAX_LINE) out.push(line.slice(from, from + MAX_LINE));
  return out;
}
/** Without times; long texts by their length and hash, so that a difference can be read. */
const plain = (lines: Line[]): Line[] =>
  lines.map(({ stream, text }) => ({
    stream,
    text: text.length < 200 ? text : `${text.length} ${hash('sha1', text)}`,
  }));

const WRITES: [what: string, list: Written[][]][] = [
  ['nothing', [[]]],
  ['one line', [[[1, 'a\n']]]],
  [
    'a line in many writes',
    [
      [
        [1, 'a'],
        [1, 'b'],
        [1, 'c\n'],
      ],
    ],
  ],
  [
    'streams in turn, lines in parts',
    [
      [
        [1, 'a'],
        [2, 'x\ny'],
        [1, 'b\n'],
        [2, 'z\n'],
      ],
    ],
  ],
  [
    'unfinished at the end',
    [
      [
        [2, 'x'],
        [1, 'a'],
      ],
    ],
  ],
  [
    'empty lines',
    [
      [
        [1, '\n\n'],
        [2, '\n'],
      ],
    ],
  ],
  ['runs apart: an unfinished line is not continued by the next run', [[[1, 'a']], [[1, 'b\n']]]],
  ['a very long line', [[[1, `${'x'.repeat(3 * MAX_LINE + 10)}\ny\n`]]]],
  [
    'a long line in parts, with the other stream between',
    [
      [
        [1, 'x'.repeat(MAX_LINE - 5)],
        [2, 'e\n'],
        [1, `${'y'.repeat(MAX_LINE)}\n`],
      ],
    ],
  ],
  [
    'more than a buffer',
    [
      Array.from(
        { length: 50 },
        (_unused, i): Written => [i % 7 === 0 ? 2 : 1, `${String(i).repeat(4000)}\n`],
      ),
    ],
  ],
  ['bytes that are no text', [[[1, '\u0000\u0001\r\n']]]],
];
for (const [what, list] of WRITES) {
  test(`lines: ${what}`, async () => {
    const runs = written(list);
    for (const max of [131_064, 7, 1]) {
      if (max < 10 && JSON.stringify(list).length > 20_000) continue;
      assert.deepEqual(plain(await linesFrom(runs, null, { max })), plain(model(list)), `pieces of ${max}`);
    }
    runs.close();
  });
}

test('one stream only', async () => {
  const list: Written[][] = [
    [
      [1, 'a'],
      [2, 'x\n'],
      [1, 'b\n'],
      [2, 'y'],
    ],
  ];
  const runs = written(list);
  for (const wanted of [1, 2] as const)
    assert.deepEqual(
      await linesFrom(runs, null, { wanted: [wanted] }),
      plain(model(list).filter(({ stream }) => stream === wanted)),
    );
});

test('time stamps: of the write that ended the line, once for a long line', async () => {
  const runs = written([
    [
      [1, 'a'],
      [2, 'x\n'],
      [1, 'b\n'],
      [1, `${'l'.repeat(MAX_LINE + 5)}\n`],
      [1, 'unfinished'],
    ],
  ]);
  const stamp = (n: number) => `${formatStamp({ sec: 1_000_000_000 + n, nsec: 5 })} `;
  assert.deepEqual(await linesFrom(runs, null, { timestamps: true }), [
    { stream: 2, text: `${stamp(2)}x\n` },
    { stream: 1, text: `${stamp(3)}ab\n` },
    { stream: 1, text: stamp(4) + 'l'.repeat(MAX_LINE) },
    { stream: 1, text: 'lllll\n' },
    { stream: 1, text: `${stamp(5)}unfinished` },
  ]);
});

/** Random writes of a few runs, most of them short. */
function random(seed: number): Written[][] {
  const below = seeded(seed);
  return Array.from({ length: 1 + below(3) }, () =>
    Array.from({ length: below(12) }, (): Written => {
      const size = below(20) === 0 ? MAX_LINE + 100 + below(100) : below(6);
      const text = Array.from({ length: size }, () =>
        size < 10 && below(3) === 0 ? '\n' : String.fromCharCode(97 + below(26)),
      ).join('');
      return [below(3) === 0 ? 2 : 1, text];
    }).filter(([, text]) => text !== ''),
  );
}

test('the last N lines, for any N, over runs and streams, unfinished lines too', async () => {
  for (let seed = 1; seed <= 15; seed++) {
    const list = random(seed).map((writes) =>
      writes.map(([stream, text]): Written => [stream, text.slice(0, 50)]),
    );
    const runs = written(list);
    const all = plain(model(list));
    for (let n = 0; n <= all.length + 1; n++) {
      const start = await findTail(runs, n);
      assert.deepEqual(await linesFrom(runs, start), n === 0 ? [] : all.slice(-n), `seed ${seed}, last ${n}`);
    }
    runs.close();
  }
});

test('random writes come out as lines, whatever the pieces', async () => {
  for (let seed = 100; seed < 115; seed++) {
    const list = random(seed);
    const runs = written(list);
    assert.deepEqual(
      plain(await linesFrom(runs, null, { max: 1 + (seed % 50) })),
      plain(model(list)),
      `seed ${seed}`,
    );
    runs.close();
  }
});

test('lines since a time: those whose end came then or later, whole', async () => {
  for (let seed = 200; seed < 210; seed++) {
    // every run ends with whole lines: what has no end has no time of its own
    const list = random(seed).map((writes): Written[] => [
      ...writes.map(([stream, text]): Written => [stream, text.slice(0, 50)]),
      [1, '.\n'],
      [2, '.\n'],
    ]);
    const runs = written(list);
    const all = model(list);
    for (let sec = 1_000_000_000; sec <= (all.at(-1)?.at ?? 0) + 1; sec++) {
      const start = await findSince(runs, { sec, nsec: 5 });
      assert.deepEqual(
        start === null ? [] : await linesFrom(runs, start),
        plain(all.filter(({ at }) => at >= sec)),
        `seed ${seed}, since ${sec}`,
      );
    }
    runs.close();
  }
});

test('a run that goes on: its unfinished line does not count yet', async () => {
  const runs = written([[[1, 'a\nb\npart']]], { live: true });
  const start = await findTail(runs, 1);
  assert.deepEqual(start?.at.offsets, [0, 2, 0]);
  runs.close();
});

test('the later of two beginnings', () => {
  const at = (run: number, record: number, one: number, two: number) => ({
    run,
    at: { record, offsets: [0, one, two] as [number, number, number] },
  });
  assert.deepEqual(laterStart(at(1, 9, 9, 9), at(2, 0, 0, 0)), at(2, 0, 0, 0));
  assert.deepEqual(laterStart(at(2, 3, 5, 1), at(2, 2, 4, 7)), at(2, 3, 5, 7));
});

test('a cursor: nothing twice, nothing before it is there, no further than its limit', async () => {
  const runs = written(
    [
      [
        [1, 'abc'],
        [2, 'x'],
        [1, 'def'],
      ],
    ],
    { live: true },
  );
  const run = (await runs.open(1))!;
  const cursor = new Cursor(run, { at: beginning(run), wanted: new Set([1, 2]) });
  const next = async () => {
    const piece = await cursor.next(2);
    return piece && [piece.stream, piece.from, piece.to];
  };
  for (const expected of [[1, 0, 2], [1, 2, 3], [2, 0, 1], [1, 3, 5], [1, 5, 6], null])
    assert.deepEqual(await next(), expected);
  write(runs.dir, run, 2, 'y');
  assert.deepEqual(await next(), [2, 1, 2]);
  const limited = new Cursor(run, { at: beginning(run), wanted: new Set([1, 2]), limit: 1 });
  assert.deepEqual([(await limited.next(9))?.to, await limited.next(9)], [3, null]);
  const end = new Cursor(run, { at: presentEnd(run), wanted: new Set([1, 2]) });
  assert.equal(await end.next(9), null);
  run.release();
  runs.close();
});

test('a client that has gone ends the framing', async () => {
  const { send } = frameCollector();
  let sends = 0;
  const framer = new LineFramer({
    timestamps: false,
    buffers: new BufferPool(),
    send: async (frames) => (await send(frames)) && ++sends < 2,
  });
  const data = Buffer.from('x\n'.repeat(200_000));
  const piece = {
    skipped: false,
    stream: 1 as const,
    from: 0,
    to: data.length,
    marks: [{ sec: 1, nsec: 0, stream: 1 as const, start: 0, end: data.length }],
  };
  assert.equal(await framer.feed(piece, data), false);
  await framer.close();
  assert.ok(sends <= 3);
});
