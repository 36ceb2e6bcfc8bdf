// Sends the bytes of a run to one client as they are, at the client's own pace.
import { FRAME } from '#lib/docker-vm/stdio.ts';
import { BUFFER_SIZE, type BufferPool, HEADER } from './buffer-pool.ts';
import type { Cursor, Piece } from './cursor.ts';
import type { Wire } from './wire.ts';

/** Writes a frame header in front of the payload at HEADER. */
export function putHeader(buffer: Buffer, at: number, type: number, length: number): void {
  buffer.writeUInt32BE(type * 0x1000000, at);
  buffer.writeUInt32BE(length, at + 4);
}

/**
 * Sends everything from the cursor on; with `follow`, until the run has ended and all of it is sent. False when the client
 * left or `stop()` became true. Two buffers at most: while one is on its way the other is filled.
 */
export async function streamRaw(opts: {
  cursor: Cursor;
  wire: Wire;
  buffers: BufferPool;
  follow: boolean;
  stopped: () => boolean;
}): Promise<boolean> {
  const { cursor, wire, stopped } = opts;
  const { run } = cursor;
  let sending: Promise<boolean> = Promise.resolve(true);
  const give = () => !wire.gone && !stopped();
  while (give()) {
    // Both are taken before looking: what comes after the look wakes us, and an end seen before it means there is no more.
    const ended = run.phase === 'ended' || run.closed;
    const wait = run.changed.wait();
    const piece = await cursor.next(BUFFER_SIZE - HEADER);
    if (piece) {
      const next = await fill(opts.buffers, cursor, piece);
      if (!(await sending)) {
        opts.buffers.give(next.buffer);
        return false;
      }
      sending = wire.send(next.buffer.subarray(0, next.length)).then((ok) => {
        opts.buffers.give(next.buffer);
        return ok;
      });
      continue;
    }
    if (!(await sending)) return false;
    if (ended || !opts.follow) return true;
    await wait;
  }
  await sending;
  return false;
}

async function fill(
  buffers: BufferPool,
  cursor: Cursor,
  piece: Piece,
): Promise<{ buffer: Buffer; length: number }> {
  const buffer = buffers.take();
  const length = await cursor.read(piece, piece.to, buffer, HEADER);
  putHeader(buffer, 0, piece.stream === 2 ? FRAME.stderr : FRAME.stdout, length);
  return { buffer, length: HEADER + length };
}
