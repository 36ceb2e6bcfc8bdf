// Large buffers kept for reuse: streaming a gigabyte must not allocate a gigabyte.

/** Bytes of one buffer: 8 for a frame header and the rest payload. */
export const BUFFER_SIZE = 128 * 1024;

/** Where payload starts in a pooled buffer, so that the frame header goes in front and one write sends both. */
export const HEADER = 8;

export class BufferPool {
  readonly #free: Buffer[] = [];
  readonly #keep: number;

  /** keep: how many unused buffers are kept. */
  constructor(keep = 32) {
    this.#keep = keep;
  }

  /** Contents are whatever was there before. */
  take(): Buffer {
    return this.#free.pop() ?? Buffer.allocUnsafeSlow(BUFFER_SIZE);
  }

  /** Only when nothing (no write in flight) uses it any more. */
  give(buffer: Buffer): void {
    if (this.#free.length < this.#keep) this.#free.push(buffer);
  }
}
