// The publishing side of npm changefeed for one resource: WebSocket listeners, registration version 1 and 2 (triton-wire §2.7).
//
//   upgraded ──registration ok──► registered ──closed──► gone        bad registration: closed with the reason
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import type Logger from 'bunyan';
import { type WebSocket, WebSocketServer } from 'ws';

export interface ChangefeedResource {
  resource: string;
  subResources: readonly string[];
  bootstrapRoute: string;
}

interface Registration {
  key: string;
  socket: WebSocket;
  subResources: Set<string>;
}

/** A listener that lets this much pile up is cut off; it connects again and bootstraps. Bytes. */
const MAX_BACKLOG = 64 * 1024 * 1024;
const MAX_REGISTRATION = 64 * 1024;

export class ChangefeedPublisher {
  readonly #resource: ChangefeedResource;
  readonly #log: Logger;
  readonly #server = new WebSocketServer({
    noServer: true,
    perMessageDeflate: false,
    maxPayload: MAX_REGISTRATION,
  });
  readonly #registrations = new Map<string, Registration>();

  constructor(resource: ChangefeedResource, log: Logger) {
    this.#resource = resource;
    this.#log = log;
  }

  /** Answer of GET /changefeeds. */
  describe(): Record<string, ChangefeedResource> {
    return { [this.#resource.resource]: this.#resource };
  }

  /** Answer of GET /changefeeds/stats. */
  stats(): { listeners: number; registrations: number } {
    return { listeners: this.#server.clients.size, registrations: this.#registrations.size };
  }

  /** Any path is taken, as by the original. */
  upgrade(req: IncomingMessage, socket: Duplex, head: Buffer): void {
    const version2 = acceptsVersion2(req.headers['accept-version']);
    this.#server.handleUpgrade(req, socket, head, (ws) => {
      ws.on('error', (err) => this.#log.debug({ err }, 'changefeed listener'));
      // Later text (heartbeats) is ignored.
      ws.once('message', (data) => this.#register(ws, data.toString(), version2));
    });
  }

  /**
   * Sends one change to every listener that asked for one of the changed fields; at once and in the order of the calls.
   * `object` must not be changed afterwards.
   */
  publish(id: string, fields: string[], object: object): void {
    if (this.#registrations.size === 0) return;
    const item = JSON.stringify({
      changeKind: { resource: this.#resource.resource, subResources: fields },
      changedResourceId: id,
      resourceObject: object,
      published: String(Date.now()),
    });
    for (const { socket, subResources } of this.#registrations.values()) {
      if (!fields.some((field) => subResources.has(field))) continue;
      if (socket.bufferedAmount > MAX_BACKLOG) socket.terminate();
      else socket.send(item);
    }
  }

  close(): void {
    for (const client of this.#server.clients) client.terminate();
    this.#server.close();
  }

  #register(ws: WebSocket, text: string, version2: boolean): void {
    const parsed = parseRegistration(text, version2);
    if (typeof parsed === 'string') {
      refuse(ws, parsed);
      return;
    }
    const wanted = parsed.kinds.find((kind) => kind.resource === this.#resource.resource);
    if (wanted === undefined || parsed.kinds.length !== 1) {
      refuse(ws, `unknown resource in ${parsed.kinds.map((kind) => kind.resource).join(', ')}`);
      return;
    }
    const key = `${this.#resource.resource}/${parsed.instance}`;
    const registration = { key, socket: ws, subResources: new Set(wanted.subResources) };
    // The same instance again replaces its former connection.
    this.#registrations.set(key, registration);
    ws.once('close', () => {
      if (this.#registrations.get(key) === registration) this.#registrations.delete(key);
    });
    const { bootstrapRoute } = this.#resource;
    ws.send(JSON.stringify(version2 ? { bootstrapRoutes: [bootstrapRoute] } : this.#resource));
  }
}

interface ChangeKind {
  resource: string;
  subResources: string[];
}

/** '~2', '2.0.0' and the like; absent, '*' and anything older is version 1. */
export function acceptsVersion2(header: string | string[] | undefined): boolean {
  const major = /^[~^>=\s]*(\d+)/.exec(String(header ?? ''))?.[1];
  return major !== undefined && Number(major) >= 2;
}

/** The registration, or the reason why it is none. */
export function parseRegistration(
  text: string,
  version2: boolean,
): { instance: string; kinds: ChangeKind[] } | string {
  let value: Record<string, unknown>;
  try {
    value = JSON.parse(text) as Record<string, unknown>;
  } catch {
    return 'the registration is not JSON';
  }
  if (typeof value !== 'object' || value === null) return 'the registration is not an object';
  if (typeof value.instance !== 'string') return 'instance must be a string';
  if (typeof value.service !== 'string') return 'service must be a string';
  const kinds = version2 ? value.resources : [value.changeKind];
  if (!Array.isArray(kinds) || !kinds.every(isChangeKind)) {
    return version2 ? 'resources must be a list of change kinds' : 'changeKind must name a resource';
  }
  return { instance: value.instance, kinds };
}

function isChangeKind(value: unknown): value is ChangeKind {
  const kind = value as Partial<ChangeKind> | null;
  return (
    typeof kind === 'object' &&
    kind !== null &&
    typeof kind.resource === 'string' &&
    Array.isArray(kind.subResources) &&
    kind.subResources.every((name) => typeof name === 'string')
  );
}

function refuse(ws: WebSocket, reason: string): void {
  ws.send(reason);
  ws.close(1008, reason.slice(0, 100));
}
