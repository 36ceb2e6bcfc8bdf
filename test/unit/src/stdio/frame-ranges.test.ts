// mux1 frames taken apart at every possible cut: output untouched, control frames whole.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { encodeFrame, FRAME, frameHeader, MAX_FRAME } from '#lib/docker-vm/stdio.ts';
import { FrameRanges } from '#src/stdio/frame-ranges.ts';

const OUT = [
  encodeFrame(FRAME.stdout, Buffer.from('hello')),
  encodeFrame(FRAME.stderr, Buffer.alloc(0)),
  encodeFrame(FRAME.stderr, Buffer.from([0, 1, 2, 3, 255])),
];
const STREAM = Buffer.concat([
  encodeFrame(FRAME.started, Buffer.from('{"pid":7}')),
  OUT[0]!,
  encodeFrame(FRAME.resize),
  OUT[1]!,
  OUT[2]!,
  encodeFrame(FRAME.end, Buffer.from('{"code":0,"signal":null}')),
]);

function take(chunks: Buffer[]): { output: Buffer; control: [number, string][]; writes: number } {
  const ranges: Buffer[] = [];
  const control: [number, string][] = [];
  const frames = new FrameRanges({
    output: (range) => ranges.push(Buffer.from(range)),
    control: (type, payload) => control.push([type, payload.toString()]),
  });
  for (const chunk of chunks) frames.push(chunk);
  return { output: Buffer.concat(ranges), control, writes: ranges.length };
}

const WANT = {
  output: Buffer.concat(OUT),
  control: [
    [FRAME.started, '{"pid":7}'],
    [FRAME.resize, ''],
    [FRAME.end, '{"code":0,"signal":null}'],
  ],
};

test('in one piece: neighbouring frames are one range', () => {
  const { writes, ...got } = take([STREAM]);
  assert.deepEqual(got, WANT);
  assert.equal(writes, 2);
});

test('cut anywhere', () => {
  for (let at = 0; at <= STREAM.length; at++) {
    const { writes: _writes, ...got } = take([STREAM.subarray(0, at), STREAM.subarray(at)]);
    assert.deepEqual(got, WANT, `cut at ${at}`);
  }
});

test('byte by byte', () => {
  const { writes: _writes, ...got } = take([...STREAM].map((byte) => Buffer.from([byte])));
  assert.deepEqual(got, WANT);
});

test('a frame over the limit is an error', () => {
  assert.throws(() => take([frameHeader(FRAME.stdout, MAX_FRAME + 1)]), RangeError);
});
