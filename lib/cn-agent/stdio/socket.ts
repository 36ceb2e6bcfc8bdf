// The one unix socket of the node on which clients fetch their stream by a token.
import { randomBytes } from 'node:crypto';
import { chmodSync, chownSync, rmSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import type Logger from 'bunyan';
import type { RawSession, Session } from './session.ts';
import { MuxWire } from './wire.ts';

/** How long a token waits for its client (ms), as the real agent's port does. */
export const TOKEN_TTL_MS = 30_000;
/** How long a client may take to say its token (ms). */
const GREETING_MS = 10_000;
/** 128 bits in hex. */
const TOKEN_CHARS = 32;

export class TokenSocket {
  readonly path: string;
  readonly #server: Server;
  readonly #log: Logger;
  readonly #waiting = new Map<string, { session: RawSession; timer: NodeJS.Timeout }>();
  readonly #sockets = new Set<Socket>();

  private constructor(path: string, log: Logger) {
    this.path = path;
    this.#log = log;
    // Half-open: a client may end its side and still read.
    this.#server = createServer({ allowHalfOpen: true }, (socket) => this.#greet(socket));
  }

  /** Listens on `path` (what an earlier agent left there is removed) with mode 0660 and that group. */
  static async listen(path: string, groupGid: number | null, log: Logger): Promise<TokenSocket> {
    const it = new TokenSocket(path, log);
    rmSync(path, { force: true });
    await new Promise<void>((resolve, reject) => {
      it.#server.once('error', reject);
      it.#server.listen(path, () => resolve());
    });
    chmodSync(path, 0o660);
    if (groupGid !== null) chownSync(path, 0, groupGid);
    return it;
  }

  /** A token, good once and for 30 s, for the client of this session. */
  register(session: Session): string {
    return this.registerRaw({
      connect: (socket, early) => session.connect(new MuxWire(socket, early)),
      expire: () => session.expire(),
    });
  }

  /** The same for a stream without frames. */
  registerRaw(session: RawSession): string {
    const token = randomBytes(TOKEN_CHARS / 2).toString('hex');
    const timer = setTimeout(() => {
      this.#waiting.delete(token);
      session.expire();
    }, TOKEN_TTL_MS);
    timer.unref();
    this.#waiting.set(token, { session, timer });
    return token;
  }

  /** Stops listening and drops every client. */
  async close(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    for (const { session, timer } of this.#waiting.values()) {
      clearTimeout(timer);
      session.expire();
    }
    this.#waiting.clear();
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }

  #greet(socket: Socket): void {
    this.#sockets.add(socket);
    socket.once('close', () => this.#sockets.delete(socket));
    let said: Buffer = Buffer.alloc(0);
    const timer = setTimeout(() => socket.destroy(), GREETING_MS);
    const refuse = () => socket.destroy();
    const take = (chunk: Buffer) => {
      said = said.length === 0 ? chunk : Buffer.concat([said, chunk]);
      const end = said.indexOf(10);
      if (end < 0 && said.length <= TOKEN_CHARS) return;
      clearTimeout(timer);
      socket.off('data', take).off('error', refuse).off('end', refuse);
      socket.pause();
      this.#admit(socket, end === TOKEN_CHARS ? said.toString('latin1', 0, end) : '', said.subarray(end + 1));
    };
    socket.on('data', take);
    socket.on('error', refuse);
    socket.on('end', refuse);
    socket.once('close', () => clearTimeout(timer));
  }

  #admit(socket: Socket, token: string, early: Buffer): void {
    const waiting = this.#waiting.get(token);
    if (!waiting) {
      this.#log.warn('a stream client came with an unknown or used token');
      socket.on('error', () => undefined);
      socket.destroy();
      return;
    }
    this.#waiting.delete(token);
    clearTimeout(waiting.timer);
    waiting.session.connect(socket, early);
  }
}
