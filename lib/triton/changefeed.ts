// Subscriber of VMAPI's changefeed: one WebSocket, opened again after every break (triton-wire §2.7, version 1).
//
//   connecting ──registered──► live ──closed──► waiting ──back-off──► connecting        close(): ended, from any state
import { hostname } from 'node:os';
import type Logger from 'bunyan';
import { WebSocket } from 'ws';
import { completeVm } from '#lib/wire/complete-vm.ts';
import type { ChangeItem } from '#lib/wire/types.ts';
import type { VmChangefeed } from './types.ts';

type Item = Parameters<Parameters<VmChangefeed['subscribe']>[0]>[0];

/** What we ask to hear of; a change is sent when it touches one of these. */
const SUB_RESOURCES = [
  'alias',
  'customer_metadata',
  'destroyed',
  'internal_metadata',
  'nics',
  'owner_uuid',
  'server_uuid',
  'state',
  'tags',
];
/** The interval of npm changefeed's listener, ms. */
const HEARTBEAT = 27_817;
const BACKOFF_MIN = 50;
const BACKOFF_MAX = 2000;

/** `url` is VMAPI's: 'http://…' or 'unix:/path'. Connects at once. */
export function createVmChangefeed(url: string, log: Logger): VmChangefeed {
  const feed = new Feed(url, log);
  feed.connect();
  return feed;
}

class Feed implements VmChangefeed {
  readonly #url: string;
  readonly #log: Logger;
  readonly #instance = `${hostname()}-${process.pid}-${Math.random().toString(36).slice(2)}`;
  readonly #subscribers: ((item: Item) => void)[] = [];
  #socket: WebSocket | null = null;
  #live = false;
  #ended = false;
  #delay = BACKOFF_MIN;
  #timer: NodeJS.Timeout | undefined;
  #heartbeat: NodeJS.Timeout | undefined;

  constructor(url: string, log: Logger) {
    this.#url = url.startsWith('unix:')
      ? `ws+unix:${url.slice('unix:'.length)}:/changefeeds`
      : `${url.replace(/^http/, 'ws')}/changefeeds`;
    this.#log = log;
  }

  get connected(): boolean {
    return this.#live;
  }

  /** A subscriber that comes while the feed is live gets its bootstrap at once. */
  subscribe(onItem: (item: Item) => void): void {
    this.#subscribers.push(onItem);
    if (this.#live) queueMicrotask(() => onItem({ kind: 'bootstrap' }));
  }

  connect(): void {
    const socket = new WebSocket(this.#url, {
      headers: { 'accept-version': '~1' },
      perMessageDeflate: false,
    });
    this.#socket = socket;
    socket.on('open', () => socket.send(JSON.stringify(this.#registration())));
    socket.on('message', (data) => this.#onMessage(data.toString()));
    // Every error is followed by close; there the next try is planned.
    socket.on('error', (err) => this.#log.debug({ err }, 'changefeed connection'));
    socket.on('close', () => this.#onClose());
  }

  async close(): Promise<void> {
    this.#ended = true;
    clearTimeout(this.#timer);
    clearInterval(this.#heartbeat);
    const socket = this.#socket;
    if (socket === null || socket.readyState === WebSocket.CLOSED) return;
    await new Promise<void>((resolve) => {
      socket.once('close', () => resolve());
      socket.terminate();
    });
  }

  #registration(): object {
    return {
      instance: this.#instance,
      service: 'docker',
      changeKind: { resource: 'vm', subResources: SUB_RESOURCES },
    };
  }

  #onMessage(text: string): void {
    let message: Partial<ChangeItem> & { bootstrapRoute?: unknown };
    try {
      // Of other JSON texts (null, a number) the fields are undefined.
      message = Object(JSON.parse(text)) as typeof message;
    } catch {
      this.#log.warn({ text: text.slice(0, 200) }, 'the changefeed refused us');
      this.#socket?.terminate();
      return;
    }
    if (message.bootstrapRoute !== undefined) {
      this.#onBootstrap();
      return;
    }
    const { changeKind, resourceObject } = message;
    if (changeKind?.resource !== 'vm' || typeof resourceObject?.uuid !== 'string') return;
    this.#emit({
      kind: 'change',
      item: { ...(message as ChangeItem), resourceObject: completeVm(resourceObject) },
    });
  }

  #onBootstrap(): void {
    this.#live = true;
    this.#delay = BACKOFF_MIN;
    clearInterval(this.#heartbeat);
    // The interval must not hold the process up.
    this.#heartbeat = setInterval(() => this.#socket?.send('heartbeat'), HEARTBEAT).unref();
    this.#emit({ kind: 'bootstrap' });
  }

  #onClose(): void {
    clearInterval(this.#heartbeat);
    if (this.#live) this.#log.info('the changefeed broke off, connecting again');
    this.#live = false;
    if (this.#ended) return;
    this.#timer = setTimeout(() => this.connect(), this.#delay);
    this.#delay = Math.min(this.#delay * 2, BACKOFF_MAX);
  }

  #emit(item: Item): void {
    for (const subscriber of this.#subscribers) {
      try {
        subscriber(item);
      } catch (err) {
        this.#log.error({ err }, 'a subscriber of the changefeed threw');
      }
    }
  }
}
