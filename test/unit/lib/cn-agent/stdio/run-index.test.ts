// lib/cn-agent/stdio/run-index.ts and run.ts: the index file, whole or cut off, and what is found again after a restart.
import assert from 'node:assert/strict';
import {
  appendFileSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { runNumber, runPaths } from '#lib/cn-agent/stdio/run-files.ts';
import {
  decodeRecord,
  encodeRecord,
  HEADER_BYTES,
  type IndexRecord,
  RECORD_BYTES,
  RunIndex,
} from '#lib/cn-agent/stdio/run-index.ts';
import { linesFrom, runsIn, write } from './written-run.ts';

const dir = mkdtempSync('/tmp/sdct-index-');
after(() => rmSync(dir, { recursive: true, force: true }));
let made = 0;
const newPath = (): string => join(dir, `${made++}`);
const record = (n: number): IndexRecord => ({
  sec: n,
  nsec: n % 1000,
  stream: n % 2 === 0 ? 2 : 1,
  start: n * 10,
  end: n * 10 + 10,
});

for (const one of [
  record(1),
  { sec: 0xffffffff, nsec: 999_999_999, stream: 2 as const, start: 2 ** 48 - 2, end: 2 ** 48 - 1 },
]) {
  test(`a record of ${one.end} bytes comes back`, () => {
    const buffer = Buffer.alloc(RECORD_BYTES + 5, 0xff);
    encodeRecord(one, buffer);
    assert.deepEqual(decodeRecord(buffer, 0), one);
    assert.equal(buffer[RECORD_BYTES], 0xff);
  });
}

test('thousands of records: forwards from anywhere, backwards, one by one', async () => {
  const path = newPath();
  const index = RunIndex.create(path);
  const count = 5000;
  for (let n = 0; n < count; n++) index.append(record(n));
  assert.equal(index.count, count);
  const forwards = async (opened: RunIndex, from: number) => {
    const all: IndexRecord[] = [];
    for (let block = await opened.load(from); block.length > 0; block = await opened.load(from + all.length))
      all.push(...block);
    return all;
  };
  const expected = Array.from({ length: count }, (_unused, n) => record(n));
  const reopened = RunIndex.open(path);
  for (const each of [index, reopened]) {
    for (const from of [0, 1, 2047, 2048, 4600, 4999, 5000])
      assert.deepEqual(await forwards(each, from), expected.slice(from), `from ${from}`);
    const back: IndexRecord[] = [];
    for (let before = count; ; ) {
      const block = await each.loadBefore(before, 0);
      if (block.length === 0) break;
      back.unshift(...block);
      before -= block.length;
    }
    assert.deepEqual(back, expected);
    assert.deepEqual(
      [each.peek(-1), each.peek(0), each.peek(4999), each.peek(5000)],
      [null, record(0), record(4999), null],
    );
    each.close();
  }
  assert.throws(() => RunIndex.create(path), { code: 'EEXIST' });
});

test('a record that was cut off does not count, and is written over', async () => {
  const path = newPath();
  const index = RunIndex.create(path);
  for (let n = 0; n < 3; n++) index.append(record(n));
  index.close();
  for (const cut of [1, RECORD_BYTES - 1]) {
    truncateSync(path, HEADER_BYTES + 3 * RECORD_BYTES - cut);
    const cutOff = RunIndex.open(path);
    assert.equal(cutOff.count, 2);
    cutOff.append(record(9));
    assert.deepEqual(await cutOff.load(2), [record(9)]);
    cutOff.close();
    assert.equal(statSync(path).size, HEADER_BYTES + 3 * RECORD_BYTES);
  }
});

test('what log rotation has left is kept in the head', async () => {
  const path = newPath();
  const index = RunIndex.create(path);
  for (let n = 0; n < 10; n++) index.append(record(n));
  index.startRecord = 4;
  index.kept[1] = 2 ** 40;
  index.kept[2] = 7;
  index.writeHeader();
  index.close();
  const again = RunIndex.open(path);
  assert.deepEqual([again.startRecord, again.kept, again.count], [4, [0, 2 ** 40, 7], 10]);
  assert.deepEqual(
    await again.loadBefore(10, 4),
    Array.from({ length: 6 }, (_unused, n) => record(n + 4)),
  );
  assert.deepEqual(await again.loadBefore(4, 4), []);
  again.close();
});

test('an empty file is a new index, a foreign one is refused', () => {
  const path = newPath();
  writeFileSync(path, '');
  const index = RunIndex.open(path);
  assert.equal(index.count, 0);
  index.close();
  for (const bytes of ['x'.repeat(64), `SDIX${'\u0002'}${'\0'.repeat(60)}`]) {
    writeFileSync(path, bytes);
    assert.throws(() => RunIndex.open(path), /is not an output index of version 1/);
    assert.equal(readFileSync(path, 'utf8'), bytes);
  }
  assert.throws(() => RunIndex.open(`${path}.none`), { code: 'ENOENT' });
});

const NUMBERS: [name: string, number: number | null][] = [
  ['000001.index', 1],
  ['1234567.index', 1234567],
  ['1.index', null],
  ['000001.stdout', null],
  ['000001.index.new', null],
  ['x000001.index', null],
];
for (const [name, number] of NUMBERS) test(`the run of ${name}`, () => assert.equal(runNumber(name), number));

test('output that grew while nobody looked is found at the next start', async () => {
  const zone = newPath();
  const before = runsIn(zone);
  const run = before.create(false);
  write(zone, run, 1, 'seen\n');
  before.close();
  const paths = runPaths(zone, 1);
  appendFileSync(paths.stdout, 'unseen\n');
  appendFileSync(paths.stderr, 'either\n');
  const again = runsIn(zone);
  assert.deepEqual(again.numbers(), [1]);
  assert.deepEqual((await linesFrom(again, null)).map(({ stream, text }) => `${stream}${text}`).sort(), [
    '1seen\n',
    '1unseen\n',
    '2either\n',
  ]);
  assert.equal(again.create(true).number, 2);
  await again.drop(1);
  assert.deepEqual(again.numbers(), [2]);
  assert.equal(await again.open(1), null);
  again.close();
});

test('files stay open for who reads them, and are closed with the last reader', async () => {
  const runs = runsIn(newPath());
  const run = runs.create(false);
  const reader = (await runs.open(1))!;
  assert.equal(reader, run);
  write(runs.dir, run, 1, 'x');
  run.finish();
  assert.equal(reader.closed, false);
  assert.equal((await reader.index.load(0)).length, 1);
  reader.release();
  assert.equal(reader.closed, true);
  const fresh = (await runs.open(1))!;
  assert.notEqual(fresh, run);
  fresh.release();
  runs.close();
});
