// What a CoaL service is made of: a table of routes over pure-ish handlers, served on one unix socket by lib/coal/server.ts.
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import type Logger from 'bunyan';

export interface CoalRequest {
  params: Record<string, string>;
  query: Record<string, string>;
  headers: Record<string, string | undefined>;
  /** JSON body, {} when none; not read for routes with `rawBody`. */
  body: Record<string, unknown>;
  reqId: string;
  log: Logger;
  /** Aborted when the client goes away. */
  signal: AbortSignal;
  raw: IncomingMessage;
  res: ServerResponse;
}
export type CoalReply = { status: number; body?: unknown; headers?: Record<string, string> } | 'handled';

export interface CoalRoute {
  name: string;
  method: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'DELETE';
  path: string;
  handler(req: CoalRequest): Promise<CoalReply>;
  rawBody?: boolean;
}

export interface CoalService {
  name: 'vmapi' | 'cnapi' | 'imgapi' | 'napi' | 'papi' | 'fwapi' | 'volapi';
  /** Value of the Server header, e.g. 'VMAPI/9.16.0'. */
  server: string;
  routes: CoalRoute[];
  /** Takes an HTTP upgrade (the changefeed); without it upgrades are refused. */
  upgrade?(req: IncomingMessage, socket: Duplex, head: Buffer): void;
  close(): Promise<void>;
}
