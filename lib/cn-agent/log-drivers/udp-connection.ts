// Datagrams to a receiver over UDP: nothing is promised, but a refusal by the receiving host is noticed.
import { createSocket, type Socket } from 'node:dgram';
import { lookup } from 'node:dns/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { dialError, type Target } from './dial-error.ts';

/** Datagrams in a row before others get their turn: a receiver's buffer holds some hundreds. */
const BURST = 32;
/** Time for a refusal to come back after the first datagram (ms). */
const PROBE_MS = 20;

export class UdpConnection {
  readonly #socket: Socket;
  #lost: Error | null = null;
  #proven = false;
  onLost: (() => void) | null = null;

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.on('error', (err) => this.#lose(err));
  }

  /** Throws Error in the words of Go: only a name that is not known fails. */
  static async open(target: Target & { host: string; port: number }): Promise<UdpConnection> {
    try {
      const { address, family } = await lookup(target.host || 'localhost');
      const socket = createSocket(family === 6 ? 'udp6' : 'udp4');
      const { promise, resolve, reject } = Promise.withResolvers<void>();
      socket.once('error', reject);
      socket.connect(target.port, address, (err?: Error) => (err ? reject(err) : resolve()));
      await promise;
      socket.off('error', reject);
      return new UdpConnection(socket);
    } catch (err) {
      throw dialError(err, target);
    }
  }

  /** One datagram each. Resolves when they are sent; rejects when the receiving host has refused. */
  async write(datagrams: readonly Buffer[]): Promise<void> {
    for (const [index, datagram] of datagrams.entries()) {
      await this.#send(datagram);
      if (!this.#proven) {
        await delay(PROBE_MS);
        this.#proven = this.#lost === null;
      } else if (index % BURST === BURST - 1) await new Promise((resolve) => setImmediate(resolve));
      if (this.#lost) throw this.#lost;
    }
  }

  get lost(): boolean {
    return this.#lost !== null;
  }

  close(): void {
    if (this.#lost === null) this.#socket.close();
    this.#lost ??= new Error('the socket is closed');
  }

  #send(datagram: Buffer): Promise<void> {
    if (this.#lost) return Promise.reject(this.#lost);
    return new Promise((resolve, reject) => {
      this.#socket.send(datagram, (err) => {
        // Too long for a datagram: it is lost, as with dockerd, and no reason to send anything again.
        if (!err || (err as NodeJS.ErrnoException).code === 'EMSGSIZE') return resolve();
        this.#lose(err);
        reject(err);
      });
    });
  }

  #lose(err: Error): void {
    if (this.#lost) return;
    this.#lost = err;
    this.#socket.close();
    this.onLost?.();
  }
}
