// Builds the Req that a handler gets from what came over the wire.
import type { IncomingMessage, ServerResponse } from 'node:http';
import type Logger from 'bunyan';
import type { ApiVersion } from '#src/api/version.ts';
import type { Account, App, Req } from '#src/context.ts';
import { readJson } from './body.ts';
import type { Upgrade } from './connection.ts';
import { hijack } from './hijack.ts';
import { acceptWebSocket } from './web-socket.ts';

/** One request as the edge knows it before a handler runs. */
export interface Incoming {
  req: IncomingMessage;
  res: ServerResponse;
  upgrade: Upgrade | null;
  reqId: string;
  log: Logger;
  /** With '?', or ''. */
  search: string;
  params: Record<string, string>;
  identity: Record<string, string>;
  /** Set once a handler took the connection. */
  hijacked: boolean;
}

/** `signal` aborts when the client goes away before the reply. */
export function buildReq(
  app: App,
  account: Account,
  version: ApiVersion,
  incoming: Incoming,
  signal: AbortSignal,
): Req {
  const { req, res, upgrade, search } = incoming;
  const queryAll = new URLSearchParams(search);
  let body: Promise<unknown> | undefined;
  return {
    app,
    account,
    log: incoming.log,
    call: { reqId: incoming.reqId, signal },
    version,
    params: incoming.params,
    query: firstOfEach(queryAll),
    queryAll,
    headers: flatHeaders(req),
    json: () => (body ??= readJson(req)),
    raw: req,
    res,
    hijack(opts) {
      incoming.hijacked = true;
      return hijack({ req, res, upgrade, version, headers: incoming.identity }, opts);
    },
    async acceptWebSocket(opts) {
      const client = await acceptWebSocket({ req, res, upgrade }, opts);
      incoming.hijacked = true;
      return client;
    },
  };
}

/** Go's Form.Get: the first value of a repeated key. */
function firstOfEach(params: URLSearchParams): Record<string, string> {
  const out: Record<string, string> = {};
  for (const [key, value] of params) if (!Object.hasOwn(out, key)) out[key] = value;
  return out;
}

function flatHeaders(req: IncomingMessage): Record<string, string | undefined> {
  return req.headers as Record<string, string | undefined>;
}
