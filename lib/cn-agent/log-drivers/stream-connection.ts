// One connection to a receiver over TCP, TLS or a unix stream socket.
import { readFileSync } from 'node:fs';
import { connect, isIP, type Socket } from 'node:net';
import { rootCertificates, connect as tlsConnect } from 'node:tls';
import { dialError, dialTimeout, type Target } from './dial-error.ts';

export interface TlsFiles {
  ca: string | null;
  cert: string | null;
  key: string | null;
  skipVerify: boolean;
}
export interface StreamTarget extends Target {
  network: 'tcp' | 'unix';
  /** null = none. */
  tls?: TlsFiles | null;
  /** Longest time for the connection to come about (ms). */
  timeout?: number;
}

const TIMEOUT_MS = 30_000;
const KEEP_ALIVE_MS = 30_000;
const CLOSE_MS = 1000;

export class StreamConnection {
  readonly #socket: Socket;
  #lost: Error | null = null;
  /** Called once when the peer or the network ended it. */
  onLost: (() => void) | null = null;
  onData: ((chunk: Buffer) => void) | null = null;

  private constructor(socket: Socket) {
    this.#socket = socket;
    const lose = (err?: Error) => this.#lose(err ?? new Error('the receiver closed the connection'));
    socket.on('error', lose);
    socket.on('end', () => lose());
    socket.on('close', () => lose());
    socket.on('data', (chunk: Buffer) => this.onData?.(chunk));
  }

  /** Throws Error in the words of Go. */
  static async open(target: StreamTarget): Promise<StreamConnection> {
    const socket = target.tls ? openTls(target, target.tls) : connect(address(target));
    const connected = target.tls ? 'secureConnect' : 'connect';
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const timer = setTimeout(() => reject(dialTimeout(target)), target.timeout ?? TIMEOUT_MS);
    socket.once(connected, resolve);
    const fail = (err: Error) => reject(dialError(err, target));
    socket.once('error', fail);
    try {
      await promise;
    } catch (err) {
      socket.on('error', () => undefined);
      socket.destroy();
      throw err;
    } finally {
      clearTimeout(timer);
    }
    socket.off('error', fail);
    socket.setKeepAlive(true, KEEP_ALIVE_MS);
    socket.setNoDelay(true);
    return new StreamConnection(socket);
  }

  /** Resolves when the kernel has the bytes. */
  write(bytes: Buffer): Promise<void> {
    if (this.#lost) return Promise.reject(this.#lost);
    return new Promise((resolve, reject) => {
      this.#socket.write(bytes, (err) => (err || this.#lost ? reject(err ?? this.#lost!) : resolve()));
    });
  }

  get lost(): boolean {
    return this.#lost !== null;
  }

  /** What has been written still goes out, if the peer takes it within a second; a write that hangs fails then. */
  close(): void {
    if (this.#lost) return;
    this.#lost = new Error('the connection is closed');
    this.#socket.destroySoon();
    const timer = setTimeout(() => this.#socket.destroy(), CLOSE_MS);
    this.#socket.once('close', () => clearTimeout(timer));
  }

  /** A write that hangs fails. */
  destroy(why: Error): void {
    this.#lose(why);
    this.#socket.destroy(why);
  }

  #lose(err: Error): void {
    if (this.#lost) return;
    this.#lost = err;
    this.#socket.destroy();
    this.onLost?.();
  }
}

function address(target: StreamTarget): { path: string } | { host: string; port: number } {
  if (target.path !== undefined) return { path: target.path };
  return { host: target.host || 'localhost', port: target.port ?? 0 };
}

function openTls(target: StreamTarget, files: TlsFiles): Socket {
  const ca = files.ca && !files.skipVerify ? [...rootCertificates, readCa(files.ca)] : undefined;
  const host = target.host ?? '';
  return tlsConnect({
    host,
    port: target.port ?? 0,
    ...(isIP(host) === 0 ? { servername: host } : {}),
    rejectUnauthorized: !files.skipVerify,
    ...(ca ? { ca } : {}),
    ...readKeyPair(files),
    minVersion: 'TLSv1.2',
  });
}

function readCa(path: string): Buffer {
  try {
    return readFileSync(path);
  } catch (err) {
    throw new Error(`could not read CA certificate ${JSON.stringify(path)}: ${openError(err, path)}`);
  }
}

function readKeyPair({ cert, key }: TlsFiles): { cert?: Buffer; key?: Buffer } {
  if (!cert && !key) return {};
  const read = (path: string) => {
    try {
      return readFileSync(path);
    } catch (err) {
      throw new Error(`could not load X509 key pair: ${openError(err, path)}`);
    }
  };
  return { cert: read(cert ?? ''), key: read(key ?? '') };
}

function openError(err: unknown, path: string): string {
  const missing = (err as NodeJS.ErrnoException).code === 'ENOENT';
  return `open ${path}: ${missing ? 'no such file or directory' : (err as Error).message}`;
}
