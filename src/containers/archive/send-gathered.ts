// Sends an upload to the compute node in large pieces, however small the client's are.
import type { Socket } from 'node:net';
import { finished, type Readable } from 'node:stream';
import { release } from '#lib/triton/copy-stream.ts';

/** Pieces from this size on go as they are; smaller ones are gathered up to it (bytes). */
const ENOUGH = 32 * 1024;
/** How long small pieces may gather (ms). The CLI sends each small file by itself: to pass on each at once costs more than the copying. */
const GATHER_MS = 1;

/** Resolves when everything is sent or cannot be. Never rejects: a body that ends badly takes the socket with it, lest it be taken for whole. */
export function sendGathered(body: Readable, socket: Socket): Promise<void> {
  return new Promise((resolve) => {
    const gathered: Buffer[] = [];
    let size = 0;
    let timer: NodeJS.Timeout | null = null;
    const flush = (): void => {
      if (timer) clearTimeout(timer);
      timer = null;
      const [first] = gathered;
      if (!first) return;
      const piece = gathered.length === 1 ? first : Buffer.concat(gathered);
      gathered.length = 0;
      size = 0;
      if (!socket.write(piece, () => release(piece))) body.pause();
    };
    const later = (): void => {
      flush();
      if (!socket.writableNeedDrain) body.resume();
    };
    const take = (piece: Buffer): void => {
      gathered.push(piece);
      size += piece.length;
      if (size >= ENOUGH) {
        flush();
        return;
      }
      // Meanwhile more of it comes together in the kernel.
      body.pause();
      timer ??= setTimeout(later, GATHER_MS);
    };
    const drained = (): void => void body.resume();
    const done = (): void => {
      if (timer) clearTimeout(timer);
      body.off('data', take);
      // An unread rest would hold the client's connection up.
      body.resume();
      socket.off('drain', drained);
      resolve();
    };
    socket.on('drain', drained);
    socket.once('close', done);
    body.on('data', take);
    finished(body, { writable: false }, (err) => {
      if (err) socket.destroy();
      else {
        flush();
        socket.end();
      }
      done();
    });
  });
}
