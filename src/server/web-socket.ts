// A client's WebSocket as a plain duplex of bytes, for attach by browsers.
import type { IncomingMessage, ServerResponse } from 'node:http';
import { Duplex } from 'node:stream';
import { type RawData, type WebSocket, WebSocketServer } from 'ws';
import { invalid } from '#src/errors.ts';
import type { Upgrade } from './connection.ts';

/** Of one message from the client; it is in memory as a whole. Bytes. */
const MAX_MESSAGE = 16 * 1024 * 1024;
/** RFC 6455: normal closure. */
const NORMAL = 1000;

/** What the handshake needs of a request. */
export interface WebSocketContext {
  req: IncomingMessage;
  res: ServerResponse;
  upgrade: Upgrade | null;
}

/** See Req.acceptWebSocket. Until it resolves an error can still be answered. */
export async function acceptWebSocket(
  { req, res, upgrade }: WebSocketContext,
  { binary }: { binary: boolean },
): Promise<Duplex> {
  if (upgrade === null) throw invalid('not websocket protocol');
  const { promise, resolve, reject } = Promise.withResolvers<WebSocket>();
  const server = new WebSocketServer({
    noServer: true,
    clientTracking: false,
    perMessageDeflate: false,
    maxPayload: MAX_MESSAGE,
  });
  server.once('wsClientError', (err: Error) => reject(invalid(`bad websocket handshake: ${err.message}`)));
  server.handleUpgrade(req, upgrade.socket, upgrade.head, resolve);
  const socket = await promise;
  res.detachSocket(upgrade.socket as never);
  return new WebSocketDuplex(socket, binary);
}

/** Its end is the client's close: a WebSocket has no half-close. */
class WebSocketDuplex extends Duplex {
  readonly #socket: WebSocket;
  readonly #binary: boolean;

  constructor(socket: WebSocket, binary: boolean) {
    super();
    this.#socket = socket;
    this.#binary = binary;
    socket.on('message', (data: RawData) => {
      if (!this.push(data)) socket.pause();
    });
    // Its `close` follows.
    socket.on('error', () => undefined);
    socket.on('close', () => {
      this.once('end', () => this.destroy());
      this.push(null);
    });
  }

  override _read(): void {
    this.#socket.resume();
  }

  override _write(chunk: Buffer, _encoding: string, done: (err?: Error | null) => void): void {
    // Called back when the bytes have left: that is our back-pressure.
    this.#socket.send(chunk, { binary: this.#binary }, done);
  }

  override _final(done: () => void): void {
    this.#socket.close(NORMAL);
    done();
  }

  override _destroy(err: Error | null, done: (err: Error | null) => void): void {
    this.#socket.terminate();
    done(err);
  }
}
