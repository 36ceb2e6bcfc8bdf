// Sends an upload to the compute node in large pieces, however small the client's are.
import type { Socket } from 'node:net';
import { finished, type Readable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import { release } from '#lib/triton/copy-stream.ts';

/** Two times in a row less than this, and it is waited a moment for more (bytes): once, it is only where a large piece was cut. */
const ENOUGH = 4 * 1024;
/** Most that is sent as one (bytes). */
const MOST = 64 * 1024;
/** The CLI sends each small file by itself, in three parts: to pass on each at once costs more than the copying (ms). */
const GATHER_MS = 1;

/** Resolves when everything is sent or cannot be. Never rejects: a body that ends badly takes the socket with it, lest it be taken for whole. */
export async function sendGathered(body: Readable, socket: Socket): Promise<void> {
  let wake: () => void = () => undefined;
  let over = false;
  let failed = false;
  let wasFine = false;
  const nudge = (): void => wake();
  const changed = (): Promise<void> => new Promise((resolve) => (wake = resolve));
  body.on('readable', nudge);
  socket.on('drain', nudge).on('close', nudge);
  finished(body, { writable: false }, (err) => {
    over = true;
    failed = err != null;
    wake();
  });
  while (!socket.destroyed) {
    const pieces = readAll(body, []);
    if (pieces.length === 0) {
      if (over) break;
      await changed();
      continue;
    }
    const isFine = sizeOf(pieces) < ENOUGH * pieces.length;
    if (isFine && wasFine && sizeOf(pieces) < ENOUGH) {
      await delay(GATHER_MS);
      readAll(body, pieces);
    }
    wasFine = isFine;
    const whole = pieces.length === 1 ? pieces[0]! : Buffer.concat(pieces);
    if (!socket.write(whole, () => release(whole)))
      while (socket.writableNeedDrain && !socket.destroyed) await changed();
  }
  socket.off('drain', nudge).off('close', nudge);
  body.off('readable', nudge);
  if (failed) socket.destroy();
  else if (!socket.destroyed) socket.end();
  // An unread rest would hold the client's connection up.
  body.resume();
}

/** Adds what has come so far: a stream gives one piece at a time. */
function readAll(body: Readable, pieces: Buffer[]): Buffer[] {
  for (let size = sizeOf(pieces); size < MOST; ) {
    const piece = body.read() as Buffer | null;
    if (piece === null) break;
    pieces.push(piece);
    size += piece.length;
  }
  return pieces;
}

function sizeOf(pieces: Buffer[]): number {
  return pieces.reduce((sum, { length }) => sum + length, 0);
}
