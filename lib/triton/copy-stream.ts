// The bytes of a docker-copy stream and, from an agent that tells it, how the copy went (lib/docker-vm/copy.ts).
import type { Socket } from 'node:net';
import { type CopyStatus, parseTrailer, TRAILER_SIZE } from '#lib/docker-vm/copy.ts';

/** Below this a chunk may be part of Node's shared pool, and is not worth it (bytes). */
const LARGE = 16 * 1024;

/** Where the bytes go; a promise holds the stream back. `release` may be called when the piece is not needed any more. */
export type CopySink = (piece: Buffer, release: () => void) => void | Promise<void>;

/**
 * Reads to the end of the stream. Resolves with how it went: from an agent that does not tell (`told` false) always {}, null when
 * the stream broke off. Never rejects, except with what the sink throws.
 */
export async function readCopy(socket: Socket, told: boolean, sink: CopySink): Promise<CopyStatus | null> {
  const held = new HeldBack(told ? TRAILER_SIZE : 0);
  const pieces = socket[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
  for (;;) {
    let next: IteratorResult<Buffer>;
    try {
      next = await pieces.next();
    } catch {
      return null;
    }
    if (next.done) break;
    const chunk = next.value;
    // The whole chunk can go with its last piece: what is held back is a copy.
    for (const piece of held.push(chunk)) {
      const wait = sink(piece, () => release(chunk));
      if (wait) await wait;
    }
  }
  if (!told) return {};
  return held.rest.length === TRAILER_SIZE ? parseTrailer(held.rest) : null;
}

/** Resolves when the agent is ready to be written to, or with false when it never will be. */
export function readyToWrite(socket: Socket): Promise<boolean> {
  return new Promise((resolve) => {
    const look = (): void => {
      const byte = socket.read(1) as Buffer | null;
      if (byte) done(true);
    };
    const lost = (): void => done(false);
    const done = (ready: boolean): void => {
      socket.off('readable', look).off('end', lost).off('close', lost);
      resolve(ready);
    };
    socket.on('readable', look).on('end', lost).on('close', lost);
    look();
  });
}

/**
 * Frees the memory of a large chunk at once; nobody may look at it afterwards. Left to the garbage collector, a copy of 500 MB costs
 * as much time for the collection as for the copying. Parts of a larger buffer are left alone.
 */
export function release(chunk: Buffer): void {
  const { buffer, byteLength } = chunk;
  if (byteLength < LARGE || buffer.byteLength !== byteLength) return;
  (buffer as ArrayBuffer).transfer(0);
}

/** Lets everything through but the last `size` bytes. */
export class HeldBack {
  readonly #size: number;
  rest: Buffer = Buffer.alloc(0);

  constructor(size: number) {
    this.#size = size;
  }

  push(chunk: Buffer): Buffer[] {
    if (this.#size === 0) return [chunk];
    if (chunk.length >= this.#size) {
      const out = [this.rest, chunk.subarray(0, chunk.length - this.#size)];
      this.rest = Buffer.from(chunk.subarray(chunk.length - this.#size));
      return out.filter((piece) => piece.length > 0);
    }
    const both = Buffer.concat([this.rest, chunk]);
    const cut = Math.max(0, both.length - this.#size);
    this.rest = both.subarray(cut);
    return cut > 0 ? [both.subarray(0, cut)] : [];
  }
}
