// The gelf driver: Graylog's JSON, in datagrams (compressed, in chunks) or over TCP.
import { randomBytes } from 'node:crypto';
import { deflateSync, gzipSync } from 'node:zlib';
import type { GelfOptions } from '#lib/docker-vm/log/gelf-options.ts';
import { StreamConnection } from './stream-connection.ts';
import { defaultRetryWait, type LogDriver, type LogMessage } from './types.ts';
import { UdpConnection } from './udp-connection.ts';

const ERROR = 3;
const INFO = 6;
/** Largest datagram, and what of it is data when there are several. */
const CHUNK = 1420;
const CHUNK_DATA = CHUNK - 12;
const MAX_CHUNKS = 128;

/** What is the same in all messages of a container. */
export interface GelfIdentity {
  hostname: string;
  /** Additional fields, names with their underscore. */
  extra: Record<string, string>;
}

export class GelfDriver implements LogDriver {
  readonly confirms = false;
  readonly connectsAtStart = true;
  onLost: (() => void) | null = null;
  readonly #options: GelfOptions;
  readonly #who: GelfIdentity;
  #connection: StreamConnection | UdpConnection | null = null;

  constructor(options: GelfOptions, who: GelfIdentity) {
    this.#options = options;
    this.#who = who;
  }

  /** TCP: the options say how often and how slowly; after that it goes on more slowly, where dockerd gives the message up. */
  retryWait(attempt: number): number {
    const { protocol, maxReconnect, reconnectDelay } = this.#options;
    if (protocol === 'udp') return defaultRetryWait(attempt);
    const own = Math.max(100, reconnectDelay * 1000);
    return attempt < maxReconnect ? own : Math.max(own, defaultRetryWait(attempt - maxReconnect));
  }

  async connect(): Promise<void> {
    this.close();
    const { protocol, host, port } = this.#options;
    try {
      const connection =
        protocol === 'udp'
          ? await UdpConnection.open({ network: 'udp', host, port })
          : await StreamConnection.open({ network: 'tcp', host, port });
      connection.onLost = () => this.onLost?.();
      this.#connection = connection;
    } catch (err) {
      const where = host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
      throw new Error(`gelf: cannot connect to GELF endpoint: ${where} ${(err as Error).message}`, {
        cause: err,
      });
    }
  }

  async send(messages: readonly LogMessage[]): Promise<void> {
    const connection = this.#connection;
    if (!connection) throw new Error('not connected');
    const texts = messages
      .filter(({ line }) => line.length > 0)
      .map((message) => encodeGelf(message, this.#who));
    if (texts.length === 0) return;
    if (connection instanceof StreamConnection) {
      await connection.write(Buffer.from(texts.map((text) => `${text}\0`).join('')));
    } else await connection.write(texts.flatMap((text) => chunks(this.#compress(Buffer.from(text)))));
  }

  close(): void {
    this.#connection?.close();
    this.#connection = null;
  }

  #compress(bytes: Buffer): Buffer {
    const { compression, level } = this.#options;
    if (compression === 'none') return bytes;
    return compression === 'gzip' ? gzipSync(bytes, { level }) : deflateSync(bytes, { level });
  }
}

/** Pure: GELF 1.1. */
export function encodeGelf(
  { stream, sec, nsec, line }: LogMessage,
  { hostname, extra }: GelfIdentity,
): string {
  return JSON.stringify({
    version: '1.1',
    host: hostname,
    short_message: line.toString(),
    timestamp: Number(`${sec}.${String(Math.floor(nsec / 1e6)).padStart(3, '0')}`),
    level: stream === 2 ? ERROR : INFO,
    ...extra,
  });
}

/** Datagrams of one message; none when it would need more than the format allows. */
function chunks(bytes: Buffer): Buffer[] {
  if (bytes.length <= CHUNK) return [bytes];
  const count = Math.ceil(bytes.length / CHUNK_DATA);
  if (count > MAX_CHUNKS) return [];
  const id = randomBytes(8);
  return Array.from({ length: count }, (_none, index) =>
    Buffer.concat([
      Buffer.from([0x1e, 0x0f]),
      id,
      Buffer.from([index, count]),
      bytes.subarray(index * CHUNK_DATA, (index + 1) * CHUNK_DATA),
    ]),
  );
}
