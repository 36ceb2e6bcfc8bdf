// Lines with details in front: once per line, behind the time stamp, also when the line comes in pieces.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BufferPool } from '#lib/cn-agent/stdio/buffer-pool.ts';
import type { Piece } from '#lib/cn-agent/stdio/cursor.ts';
import { LineFramer, MAX_LINE } from '#lib/cn-agent/stdio/line-framer.ts';
import { FrameDecoder } from '#lib/docker-vm/stdio.ts';

async function framed(texts: string[], opts: { details: string; timestamps: boolean }): Promise<string[]> {
  const frames: string[] = [];
  const decoder = new FrameDecoder({
    data: (_type, piece, first) => {
      if (first) frames.push(piece.toString());
      else frames.push(`${frames.pop() ?? ''}${piece.toString()}`);
    },
    control: () => undefined,
  });
  const send = async (bytes: Buffer) => {
    decoder.push(bytes);
    return true;
  };
  const framer = new LineFramer({ ...opts, buffers: new BufferPool(), send });
  let at = 0;
  for (const text of texts) {
    const to = at + text.length;
    const mark = { stream: 1, sec: 1_795_000_000, nsec: 5, start: at, end: to };
    await framer.feed({ stream: 1, from: at, to, marks: [mark] } as unknown as Piece, Buffer.from(text));
    at = to;
  }
  await framer.flush();
  await framer.drain();
  await framer.close();
  return frames;
}

test('once per line', async () => {
  const details = 'a=1,b=2 ';
  assert.deepEqual(await framed(['one\ntw', 'o\n\nend'], { details, timestamps: false }), [
    'a=1,b=2 one\n',
    'a=1,b=2 two\n',
    'a=1,b=2 \n',
    'a=1,b=2 end',
  ]);
  const [first] = await framed(['one\n'], { details, timestamps: true });
  assert.match(first!, /^\d{4}-\d\d-\d\dT[\d:]{8}\.000000005Z a=1,b=2 one\n$/);
});

test('a line of several frames has them at its beginning only', async () => {
  const frames = await framed([`${'x'.repeat(MAX_LINE + 10)}\n`], { details: 'd=1 ', timestamps: false });
  assert.deepEqual(
    frames.map((frame) => frame.slice(0, 5)),
    ['d=1 x', 'xxxxx'],
  );
});

test('very long details are cut, and many lines of them still pass', async () => {
  const frames = await framed(['a\n'.repeat(20)], { details: 'y'.repeat(200_000), timestamps: true });
  assert.equal(frames.length, 20);
  assert.ok(frames.every((frame) => frame.endsWith('ya\n') && frame.length > 60_000));
});
