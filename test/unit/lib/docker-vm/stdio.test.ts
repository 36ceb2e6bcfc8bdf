// The mux1 framing: whatever way the bytes are cut, the same frames come out; a broken peer is told from a slow one.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { encodeFrame, FRAME, FrameDecoder, frameHeader, MAX_FRAME } from '#lib/docker-vm/stdio.ts';

interface Seen {
  type: number;
  bytes: string;
  pieces: number;
  length: number;
}

/** Whole frames as they come out of a decoder. */
function collect(): { decoder: FrameDecoder; seen: Seen[] } {
  const seen: Seen[] = [];
  const decoder = new FrameDecoder({
    data(type, piece, first, length) {
      if (first) seen.push({ type, bytes: '', pieces: 0, length });
      const last = seen.at(-1)!;
      assert.equal(last.type, type, 'a piece of another frame');
      assert.equal(last.length, length);
      last.bytes += piece.toString('latin1');
      last.pieces++;
    },
    control: (type, payload) =>
      void seen.push({ type, bytes: payload.toString('latin1'), pieces: 1, length: payload.length }),
  });
  return { decoder, seen };
}

const FRAMES: [type: number, payload: string][] = [
  [FRAME.started, '{"pid":7}'],
  [FRAME.stdout, 'hello'],
  [FRAME.stdout, ''],
  [FRAME.stderr, '\u0001\u0000\u0000\u0000\u0000\u0000\u0000\u0003'],
  [FRAME.stdin, '\n'],
  [FRAME.stdinEnd, ''],
  [FRAME.resize, '{"w":80,"h":24}'],
  [FRAME.end, '{"code":0,"signal":null}'],
];
const STREAM = Buffer.concat(FRAMES.map(([type, text]) => encodeFrame(type, Buffer.from(text, 'latin1'))));
const EXPECTED = FRAMES.map(([type, bytes]) => ({ type, bytes, length: bytes.length }));
const plain = (seen: Seen[]) => seen.map(({ type, bytes, length }) => ({ type, bytes, length }));

test('a header is the one of Docker', () => {
  assert.deepEqual([...frameHeader(FRAME.stderr, 0x01020304)], [2, 0, 0, 0, 1, 2, 3, 4]);
  assert.deepEqual([...encodeFrame(FRAME.stdinEnd)], [5, 0, 0, 0, 0, 0, 0, 0]);
  assert.deepEqual([...encodeFrame(1, Buffer.from('a'))], [1, 0, 0, 0, 0, 0, 0, 1, 97]);
  assert.deepEqual([...frameHeader(1, 0xffffffff)].slice(4), [255, 255, 255, 255]);
});

test('all at once, and nothing is copied', () => {
  const { decoder, seen } = collect();
  decoder.push(STREAM);
  assert.deepEqual(plain(seen), EXPECTED);
  const [frame] = [encodeFrame(FRAME.stdout, Buffer.from('abc'))];
  let piece: Buffer | undefined;
  new FrameDecoder({ data: (_type, bytes) => (piece = bytes), control: () => {} }).push(frame);
  assert.equal(piece?.buffer, frame.buffer);
});

test('split at every byte', () => {
  for (let at = 0; at <= STREAM.length; at++) {
    const { decoder, seen } = collect();
    decoder.push(STREAM.subarray(0, at));
    decoder.push(STREAM.subarray(at));
    assert.deepEqual(plain(seen), EXPECTED, `split at ${at}`);
  }
});

test('one byte at a time', () => {
  const { decoder, seen } = collect();
  for (const byte of STREAM) decoder.push(Buffer.of(byte));
  assert.deepEqual(plain(seen), EXPECTED);
});

test('cut at random, with empty chunks between', () => {
  let seed = 42;
  const random = (below: number): number => {
    seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
    return (seed >>> 8) % below;
  };
  for (let run = 0; run < 500; run++) {
    const frames = Array.from({ length: 1 + random(6) }, () => ({
      type: random(7),
      bytes: 'x'.repeat(random(40)),
    }));
    const stream = Buffer.concat(frames.map(({ type, bytes }) => encodeFrame(type, Buffer.from(bytes))));
    const { decoder, seen } = collect();
    for (let at = 0; at < stream.length; ) {
      const size = random(12);
      decoder.push(stream.subarray(at, at + size));
      at += size;
    }
    assert.deepEqual(
      plain(seen),
      frames.map((frame) => ({ ...frame, length: frame.bytes.length })),
    );
  }
});

test('an unfinished frame gives its data but no control', () => {
  const { decoder, seen } = collect();
  decoder.push(encodeFrame(FRAME.stdout, Buffer.from('abcdef')).subarray(0, 11));
  assert.deepEqual(seen, [{ type: 1, bytes: 'abc', pieces: 1, length: 6 }]);
  const other = collect();
  other.decoder.push(encodeFrame(FRAME.end, Buffer.from('{"code":0}')).subarray(0, 17));
  assert.deepEqual(other.seen, []);
});

test('the largest frame passes, one byte more is refused before any of it is kept', () => {
  const { decoder, seen } = collect();
  decoder.push(frameHeader(FRAME.stdout, MAX_FRAME));
  const half = Buffer.alloc(MAX_FRAME / 2, 'y');
  decoder.push(half);
  decoder.push(half);
  decoder.push(encodeFrame(FRAME.stdinEnd));
  assert.deepEqual(
    [seen[0]?.length, seen[0]?.bytes.length, seen[1]?.type],
    [MAX_FRAME, MAX_FRAME, FRAME.stdinEnd],
  );
  for (const type of [FRAME.stdin, FRAME.stdout, FRAME.end, 200]) {
    for (const length of [MAX_FRAME + 1, 0xffffffff]) {
      assert.throws(() => collect().decoder.push(frameHeader(type, length)), RangeError);
    }
  }
});

test('a type that nobody knows is a control frame: its bytes never count as output', () => {
  const { decoder, seen } = collect();
  decoder.push(
    Buffer.concat([encodeFrame(99, Buffer.from('future')), encodeFrame(FRAME.stdout, Buffer.from('x'))]),
  );
  assert.deepEqual(
    seen.map(({ type, bytes }) => [type, bytes]),
    [
      [99, 'future'],
      [1, 'x'],
    ],
  );
});
