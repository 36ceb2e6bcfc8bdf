// src/api/body-cursor.ts: what is left of a body, wherever the bytes that came are cut.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BodyCursor } from '#src/api/body-cursor.ts';

const BODY = '4\r\nwiki\r\nA;name=value\r\n0123\r\n6789\r\n1 \r\n\n\r\n0\r\nTrailer: x\r\n\r\n';

/** What a reader who is told the rest makes of what follows: the whole content. */
function readOn(raw: string, cut: number): string | null {
  const cursor = new BodyCursor(null);
  for (const byte of raw.slice(0, cut)) cursor.push(Buffer.from(byte));
  const rest = cursor.rest();
  if (rest === null) return null;
  let content = '';
  let { left, text } = rest;
  let ahead = raw.slice(cut);
  for (;;) {
    content += ahead.slice(0, left);
    ahead = text + ahead.slice(left);
    text = '';
    const line = /^\r\n([0-9A-F]+)[^\n]*\r\n/.exec(ahead)!;
    left = Number.parseInt(line[1]!, 16);
    if (left === 0) return content;
    ahead = ahead.slice(line[0].length);
  }
}

test('a body in chunks, cut after each of its bytes', () => {
  const content = 'wiki0123\r\n6789\n';
  const last = BODY.indexOf('0\r\nTrailer') + '0\r\n'.length;
  for (let cut = 0; cut < last; cut++) {
    const tail = readOn(BODY, cut);
    assert.ok(tail !== null && content.endsWith(tail), `cut at ${cut}: ${tail}`);
  }
  assert.equal(readOn(BODY, 0), content);
  assert.equal(readOn(BODY, 3 + 2), 'ki0123\r\n6789\n');
  for (let cut = last; cut <= BODY.length; cut++) assert.equal(readOn(BODY, cut), null, `cut at ${cut}`);
});

test('whole pieces say the same as single bytes', () => {
  for (let cut = 1; cut < BODY.length; cut++) {
    const [whole, single] = [new BodyCursor(null), new BodyCursor(null)];
    whole.push(Buffer.from(BODY.slice(0, cut)));
    for (const byte of BODY.slice(0, cut)) single.push(Buffer.from(byte));
    assert.deepEqual(whole.rest(), single.rest(), `cut at ${cut}`);
    assert.equal(whole.meanChunk, single.meanChunk);
  }
});

test('a body of a known length', () => {
  const cursor = new BodyCursor(10);
  cursor.push(Buffer.from('1234'));
  assert.deepEqual(cursor.rest(), { chunked: false, left: 6, text: '' });
  assert.equal(cursor.meanChunk, Number.POSITIVE_INFINITY);
  cursor.push(Buffer.from('567890'));
  assert.equal(cursor.rest(), null);
  cursor.push(Buffer.from('GET / HTTP/1.1\r\n'));
  assert.equal(cursor.rest(), null);
});

for (const [what, raw] of [
  ['no size', 'x\r\n'],
  ['a size that is none', '4g\r\n'],
  ['a size beyond all', '12345678901234\r\n'],
  ['a chunk longer than it says', '1\r\nxx\r\n1\r\n'],
  ['a line without end', `1\r\nx\r\n1;${'e'.repeat(20_000)}`],
] as const) {
  test(`${what} is not followed`, () => {
    const cursor = new BodyCursor(null);
    cursor.push(Buffer.from(raw));
    assert.equal(cursor.rest(), null);
  });
}

test('the mean size of its chunks', () => {
  const cursor = new BodyCursor(null);
  cursor.push(Buffer.from(`3\r\nabc\r\n5\r\n12345\r\n`));
  assert.equal(cursor.meanChunk, 4);
});
