// Hands a large upload over to a program that moves its bytes inside the kernel, once it is clear that it is one.
import type { Socket } from 'node:net';
import type { Readable } from 'node:stream';
import { canRelay, startRelay } from '#lib/process/relay.ts';
import type { Req } from '#src/context.ts';

/** So much must have come (bytes): below, the program's start costs more than it saves. */
const ENOUGH = 4 << 20;
/** And in chunks so large (bytes, on average): small ones are better gathered here. */
const LARGE_CHUNK = 8 * 1024;

/** Takes an upload over. */
export interface HandOver {
  /** Whether it is worth it, once so much is sent. */
  isTime(sent: number): boolean;
  /**
   * null: not now. The promise resolves when nothing more comes. To be called in a turn of its own: streams that have just moved would read
   * on after it.
   */
  start(): Promise<void> | null;
}

/** For an upload that is sent as it is. */
export function handOverOf(req: Req, receiver: Socket): HandOver {
  const { cursor } = req;
  const client = req.raw.socket;
  return {
    isTime: (sent) => sent >= ENOUGH && cursor !== null && cursor.meanChunk >= LARGE_CHUNK && canRelay(),
    start() {
      if (receiver.writableLength > 0 || receiver.destroyed || client.destroyed) return null;
      // What the client's socket holds back goes the usual way, to the parser and past the cursor.
      while (client.read() !== null);
      const rest = cursor?.rest() ?? null;
      if (rest === null || req.raw.complete) return null;
      // From here to the start nothing can come in between. For Node the body ends here: to ask for more would make it read on.
      req.raw._read = () => undefined;
      const early = readAll(req.raw);
      req.raw.complete = true;
      req.raw.push(null);
      const relay = startRelay({ client, receiver, early, rest });
      // Where the next request on this connection begins, its parser does not know.
      req.res.shouldKeepAlive = false;
      client.removeAllListeners('data');
      return relay.then((end) => {
        if (end === 'whole') receiver.end();
        else receiver.destroy();
        if (end === 'client gone' || end === 'malformed') client.destroy();
        // Read on, so that it is noticed when the client goes.
        else client.on('data', () => undefined).resume();
      });
    },
  };
}

function readAll(body: Readable): Buffer {
  const pieces: Buffer[] = [];
  for (let piece = body.read() as Buffer | null; piece !== null; piece = body.read() as Buffer | null)
    pieces.push(piece);
  return Buffer.concat(pieces);
}
