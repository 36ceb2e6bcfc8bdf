// Sends an upload to the compute node in large writes, however small the client's pieces are.
import type { Socket } from 'node:net';
import { finished, type Readable } from 'node:stream';
import { release } from '#lib/triton/copy-stream.ts';

/** Two turns in a row less than this, in pieces of less than this, and it is waited a moment for more (bytes): once, it is only where a large piece was cut. */
const ENOUGH = 4 * 1024;
/** From this on nothing more is gathered (bytes). */
const MOST = 128 * 1024;
/** The CLI sends each small file by itself, in three parts: to pass on each at once costs more than the copying (ms). */
const GATHER_MS = 1;

/** Resolves when everything is sent or cannot be. Never rejects: a body that ends badly takes the socket with it, lest it be taken for whole. */
export function sendGathered(body: Readable, socket: Socket): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const gather = new Gather(body, socket);
  const watched = [
    finished(body, { writable: false }, (err) => over(err != null)),
    finished(socket, { readable: false }, () => over(true)),
  ];
  function over(failed: boolean): void {
    for (const unwatch of watched) unwatch();
    gather.stop();
    if (failed) socket.destroy();
    else socket.end();
    // An unread rest would hold the client's connection up.
    body.resume();
    resolve();
  }
  return promise;
}

/** Node's HTTP gives a large upload in pieces of 21 KB on average, three a turn: they go to the kernel together, and are not copied for that. */
class Gather {
  readonly #body: Readable;
  readonly #socket: Socket;
  #pieces = 0;
  #size = 0;
  #wasFine = false;
  #turn: NodeJS.Immediate | undefined;
  #moment: NodeJS.Timeout | undefined;

  constructor(body: Readable, socket: Socket) {
    this.#body = body;
    this.#socket = socket;
    body.on('data', this.#take);
    socket.on('drain', this.#go);
  }

  /** What is gathered stays with the socket, for its end. */
  stop(): void {
    clearImmediate(this.#turn);
    clearTimeout(this.#moment);
    this.#body.off('data', this.#take);
    this.#socket.off('drain', this.#go);
  }

  readonly #go = (): void => void this.#body.resume();

  readonly #take = (piece: Buffer): void => {
    if (this.#pieces === 0) {
      this.#socket.cork();
      this.#turn = setImmediate(this.#endTurn);
    }
    this.#pieces++;
    this.#size += piece.length;
    this.#socket.write(piece, () => release(piece));
    if (this.#size >= MOST) this.#flush();
  };

  readonly #endTurn = (): void => {
    if (!this.#wasFine || !this.#isFine() || this.#size >= ENOUGH) {
      this.#flush();
      return;
    }
    // Meanwhile more of it comes together in the kernel.
    this.#body.pause();
    this.#moment = setTimeout(() => {
      this.#go();
      this.#turn = setImmediate(this.#flush);
    }, GATHER_MS);
  };

  readonly #flush = (): void => {
    clearImmediate(this.#turn);
    clearTimeout(this.#moment);
    this.#wasFine = this.#isFine();
    this.#pieces = 0;
    this.#size = 0;
    this.#socket.uncork();
    // What the kernel did not take.
    if (this.#socket.writableLength >= this.#socket.writableHighWaterMark) this.#body.pause();
  };

  #isFine(): boolean {
    return this.#size < ENOUGH * this.#pieces;
  }
}
