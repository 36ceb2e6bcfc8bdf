// Writes events to one client: the past first, then what comes, at the client's speed and with a bound on what waits for it.
import type { Writable } from 'node:stream';

/** A reader with more than this unsent is cut off, as it would be by a full socket of dockerd. Bytes. */
const MAX_UNSENT = 8 * 1024 * 1024;

export class EventStream {
  readonly #out: Writable;
  readonly #limit: number;
  #queue: string[] = [];
  #unsent = 0;
  #ended = false;
  #closed = false;
  #wake: (() => void) | null = null;

  constructor(out: Writable, limit = MAX_UNSENT) {
    this.#out = out;
    this.#limit = limit;
    out.once('close', () => this.#close());
  }

  /** A piece that comes live; it is sent after everything before it. */
  push(piece: string): void {
    if (this.#closed || this.#ended) return;
    this.#queue.push(piece);
    this.#unsent += Buffer.byteLength(piece);
    if (this.#unsent > this.#limit) {
      this.#out.destroy();
      this.#close();
    } else {
      this.#wake?.();
    }
  }

  /** Sends what there is, then ends the stream. */
  finish(): void {
    this.#ended = true;
    this.#wake?.();
  }

  /** The client is gone. */
  abandon(): void {
    this.#close();
  }

  /** Resolves when the stream has ended, by finish() or because the client went. */
  async run(past: Iterable<string>): Promise<void> {
    for (const piece of past) {
      if (this.#closed) return;
      await this.#write(piece);
    }
    while (!this.#closed) {
      if (this.#queue.length > 0) {
        await this.#flush();
      } else if (this.#ended) {
        this.#out.end();
        return;
      } else {
        await this.#wakeUp();
      }
    }
  }

  async #flush(): Promise<void> {
    const pieces = this.#queue;
    this.#queue = [];
    for (const piece of pieces) {
      if (this.#closed) return;
      await this.#write(piece);
      this.#unsent -= Buffer.byteLength(piece);
    }
  }

  async #write(piece: string): Promise<void> {
    if (this.#out.write(piece)) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#out.once('drain', resolve);
    this.#out.once('close', resolve);
    await promise;
    this.#out.removeListener('drain', resolve);
    this.#out.removeListener('close', resolve);
  }

  async #wakeUp(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#wake = resolve;
    await promise;
    this.#wake = null;
  }

  #close(): void {
    this.#closed = true;
    this.#queue = [];
    this.#wake?.();
  }
}
