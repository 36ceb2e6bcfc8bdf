// The fluentd driver: the forward protocol over TCP, TLS or a unix socket, with or without receipts.
import type { FluentdOptions } from '#lib/docker-vm/log/fluentd-options.ts';
import { AckReader, encodeForward, type FluentdIdentity, newAck } from './fluentd-encode.ts';
import { StreamConnection } from './stream-connection.ts';
import type { LogDriver, LogMessage } from './types.ts';

const DIAL_MS = 3000;
const MAX_WAIT_MS = 60_000;
const GROWTH = 1.5;
/** Messages sent before their receipts are waited for. */
const WINDOW = 256;

export class FluentdDriver implements LogDriver {
  readonly confirms: boolean;
  readonly connectsAtStart: boolean;
  onLost: (() => void) | null = null;
  readonly #options: FluentdOptions;
  readonly #who: FluentdIdentity;
  #connection: StreamConnection | null = null;
  #connectedAt = 0;
  /** Receipts that are awaited. */
  #acks = new Set<string>();
  #allAcked: (() => void) | null = null;

  constructor(options: FluentdOptions, who: FluentdIdentity) {
    this.#options = options;
    this.#who = who;
    this.confirms = options.requestAck;
    this.connectsAtStart = !options.async;
  }

  /** Beyond the asked number of attempts dockerd gives a message up; here the slowest pace goes on. */
  retryWait(attempt: number): number {
    const { retryWait, maxRetries } = this.#options;
    if (attempt >= maxRetries) return MAX_WAIT_MS;
    return Math.max(10, Math.min(MAX_WAIT_MS, retryWait * GROWTH ** Math.min(attempt - 1, 100)));
  }

  async connect(): Promise<void> {
    this.close();
    const { address } = this.#options;
    const connection =
      address.protocol === 'unix'
        ? await StreamConnection.open({ network: 'unix', path: address.path, timeout: DIAL_MS })
        : await StreamConnection.open({
            network: 'tcp',
            host: address.host,
            port: address.port,
            tls: address.protocol === 'tls' ? { ca: null, cert: null, key: null, skipVerify: false } : null,
            timeout: DIAL_MS,
          });
    const reader = new AckReader();
    connection.onLost = () => this.#lose();
    connection.onData = (chunk) => this.#answered(connection, reader, chunk);
    this.#connection = connection;
    this.#connectedAt = performance.now();
  }

  async send(messages: readonly LogMessage[]): Promise<void> {
    const { asyncReconnectInterval: interval, async } = this.#options;
    if (async && interval > 0 && performance.now() - this.#connectedAt > interval) await this.connect();
    const step = this.confirms ? WINDOW : messages.length;
    for (let at = 0; at < messages.length; at += step) await this.#sendSome(messages.slice(at, at + step));
  }

  close(): void {
    if (this.#connection) this.#connection.onLost = null;
    this.#connection?.close();
    this.#connection = null;
  }

  async #sendSome(messages: readonly LogMessage[]): Promise<void> {
    const connection = this.#connection;
    if (!connection) throw new Error('not connected');
    const { subSecondPrecision: subSecond, writeTimeout, readTimeout } = this.#options;
    const acks = messages.map(() => (this.confirms ? newAck() : null));
    const bytes = messages.map((message, i) =>
      encodeForward(message, this.#who, { subSecond, ack: acks[i]! }),
    );
    this.#acks = new Set(acks.filter((ack) => ack !== null));
    const received = this.#acks.size === 0 ? null : Promise.withResolvers<void>();
    this.#allAcked = received?.resolve ?? null;
    await within(writeTimeout, connection, connection.write(Buffer.concat(bytes)));
    if (received) await within(readTimeout, connection, received.promise);
    if (connection.lost) throw new Error('the receiver closed the connection before it confirmed');
  }

  #answered(connection: StreamConnection, reader: AckReader, chunk: Buffer): void {
    if (!this.confirms) return;
    try {
      for (const ack of reader.push(chunk)) this.#acks.delete(ack);
    } catch (err) {
      connection.destroy(err as Error);
    }
    if (this.#acks.size === 0) this.#allAcked?.();
  }

  #lose(): void {
    this.#allAcked?.();
    this.onLost?.();
  }
}

/** 0 = for ever. When the time is over the connection is given up. */
async function within(ms: number, connection: StreamConnection, work: Promise<void>): Promise<void> {
  if (ms === 0) return work;
  const timer = setTimeout(() => connection.destroy(new Error('i/o timeout')), ms);
  try {
    await work;
  } finally {
    clearTimeout(timer);
  }
}
