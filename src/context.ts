// What every handler gets: the request as parsed once at the edge, the account, and the datacenter. Built in src/server, wired in app.ts.
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import type Logger from 'bunyan';
import type { Store } from '#lib/store/types.ts';
import type { CallContext, Triton } from '#lib/triton/types.ts';
import type { ApiVersion } from '#src/api/version.ts';
import type { DaemonConfig } from '#src/config.ts';
import type { DockerRules } from '#src/containers/create/docker-rules.ts';
import type { PortRulesKeeper } from '#src/containers/port-rules-keeper.ts';
import type { EventHub } from '#src/events/hub.ts';
import type { HealthMonitor } from '#src/health/monitor.ts';

/** Who asks. On the local socket every request is the admin account. */
export interface Account {
  uuid: string;
  login: string;
}

/** The daemon's parts, made once by app.ts. */
export interface App {
  config: DaemonConfig;
  log: Logger;
  triton: Triton;
  store: Store;
  events: EventHub;
  health: HealthMonitor;
  dockerRules: DockerRules;
  portRules: PortRulesKeeper;
}

/** One request. */
export interface Req {
  app: App;
  account: Account;
  log: Logger;
  /** For calls down: request id and abort-on-disconnect. */
  call: CallContext;
  /** Negotiated API version of this request. */
  version: ApiVersion;
  /** Path parameters, decoded ('id', 'name', ...). */
  params: Record<string, string>;
  /** Query; a repeated key keeps every value in `queryAll`. */
  query: Record<string, string>;
  queryAll: URLSearchParams;
  /** Lower-case header names. */
  headers: Record<string, string | undefined>;
  /** JSON body, parsed and size-limited; undefined when there is none. Throws DockerError invalid with dockerd's text. */
  json(): Promise<unknown>;
  /** Raw request and response for streams. */
  raw: IncomingMessage;
  res: ServerResponse;
  /**
   * Takes the connection over (attach, exec start): writes 101 UPGRADED when the client asked to upgrade (`Upgrade: tcp`),
   * else 200, with Content-Type multiplexed-stream or raw-stream by version and tty, and gives the raw duplex with any bytes
   * that came early. Half-close both ways is kept.
   */
  hijack(opts: { tty: boolean }): Duplex;
  /**
   * Takes the connection over as a WebSocket: what comes in messages of either kind is read as bytes, what is written goes out
   * as binary messages, or as text. Throws DockerError invalid when the client asked for none.
   */
  acceptWebSocket(opts: { binary: boolean }): Promise<Duplex>;
}

/**
 * What a handler returns: a JSON reply, an empty one, or 'handled' when it wrote the response (stream, hijack) itself.
 * An error thrown before anything was written becomes {"message"} with the kind's status.
 */
export type Reply =
  | { status: number; body: unknown; headers?: Record<string, string> }
  | { status: number; headers?: Record<string, string> }
  | 'handled';

export type Handler = (req: Req) => Promise<Reply>;

/** One row of a room's routes.ts. `path` without version, e.g. '/containers/:id/json'. */
export interface Route {
  operationId: string;
  method: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'DELETE';
  path: string;
  handler: Handler;
  /** Lowest API version that has it, as minor of 1.x. */
  since?: number;
}
