// The reading side of a FIFO that the shim writes an exec's output to.
import { closeSync, constants, openSync } from 'node:fs';
import { Socket } from 'node:net';

/** Bytes on their way to the client at which reading stops. */
const MAX_IN_FLIGHT = 512 * 1024;

/** Takes a chunk; resolves when it is sent, false when the client is gone. */
export type ChunkSink = (chunk: Buffer) => Promise<boolean>;

/** Opened at once, so that the shim's own opening does not block; read only from flow() on. */
export class FifoReader {
  readonly #fd: number;
  readonly #eof = Promise.withResolvers<void>();
  #socket: Socket | null = null;
  #sink: ChunkSink | null = null;
  #inFlight = 0;
  #lastData = 0;
  #ended = false;

  constructor(path: string) {
    this.#fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  }

  /** All writers have closed and everything was read. */
  get ended(): boolean {
    return this.#ended;
  }

  /** Begins to read, or changes where to: null = throw away. */
  flow(sink: ChunkSink | null): void {
    this.#sink = sink;
    this.#lastData = performance.now();
    if (this.#socket) {
      if (!sink) this.#socket.resume();
      return;
    }
    // Closed before anybody wanted to read: an exec that failed to start, whose client comes for the reason.
    if (this.#ended) return;
    const socket = new Socket({ fd: this.#fd, readable: true, writable: false });
    this.#socket = socket;
    socket.on('data', (chunk: Buffer) => this.#take(chunk, socket));
    socket.on('end', () => this.#finish());
    socket.on('error', () => this.#finish());
    socket.on('close', () => this.#finish());
  }

  /**
   * Resolves at the end of the data, or when nothing came for `ms` although we were reading: a process left in the
   * background may hold the stream open for ever.
   */
  async quiet(ms: number): Promise<void> {
    // Reading may begin a moment after this: a client that comes when the process has ended already.
    const asked = performance.now();
    while (!this.#ended) {
      const since = Math.max(this.#lastData, asked);
      const passed = this.#inFlight > 0 ? 0 : performance.now() - since;
      if (passed >= ms) return;
      const timer = Promise.withResolvers<void>();
      const handle = setTimeout(timer.resolve, ms - passed);
      await Promise.race([timer.promise, this.#eof.promise]);
      clearTimeout(handle);
    }
  }

  close(): void {
    if (this.#socket) this.#socket.destroy();
    else if (!this.#ended) closeSync(this.#fd);
    this.#finish();
  }

  #take(chunk: Buffer, socket: Socket): void {
    this.#lastData = performance.now();
    if (!this.#sink) return;
    this.#inFlight += chunk.length;
    if (this.#inFlight >= MAX_IN_FLIGHT) socket.pause();
    this.#sink(chunk).then((ok) => {
      this.#inFlight -= chunk.length;
      this.#lastData = performance.now();
      if (!ok) this.#sink = null;
      if (this.#inFlight < MAX_IN_FLIGHT) socket.resume();
    });
  }

  #finish(): void {
    this.#ended = true;
    this.#eof.resolve();
  }
}
