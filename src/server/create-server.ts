// The HTTP server: restify with one route per operation, everything else "page not found".
import type { Server as HttpServer, IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import restify from 'restify';
import { daemonVersion, identityHeaders } from '#src/api/identity.ts';
import { formatApiVersion, MAX_VERSION } from '#src/api/version.ts';
import type { Account, App, Handler, Route } from '#src/context.ts';
import { notFound } from '#src/errors.ts';
import type { Edge } from './dispatch.ts';
import { dispatch } from './dispatch.ts';
import { splitTarget } from './path.ts';

/** Time for a client to send its request line and headers (ms); dockerd gives 5 minutes. */
const HEADERS_TIMEOUT = 60_000;
/** Idle keep-alive connections (ms): long, since a client may send just as we close. */
const IDLE_TIMEOUT = 600_000;
const KEEPALIVE_PROBE = 30_000;

interface TargetCarrier {
  dockerVersion: string | null;
  dockerSearch: string;
}
type EdgeMessage = IncomingMessage & TargetCarrier;

/** Operations whose clients may ask to take the connection over, by method; elsewhere an Upgrade header is ignored, as dockerd does. */
const UPGRADABLE: Readonly<Record<string, RegExp>> = {
  POST: /^(?:\/v[0-9.]+)?\/+(?:containers\/+[^/]+\/attach|exec\/[^/]+\/start)(?:\?|$)/,
  GET: /^(?:\/v[0-9.]+)?\/+containers\/+[^/]+\/attach\/ws(?:\?|$)/,
};

/** A restify server for these routes; listen on `.server`. Each route's path must be unique per method. */
export function createServer(app: App, account: Account, routes: readonly Route[]): HttpServer {
  const identity = identityHeaders(daemonVersion(), formatApiVersion(MAX_VERSION));
  const edge: Edge = { app, account, identity };
  const server = restify.createServer({
    name: '',
    log: app.log,
    handleUpgrades: true,
    maxParamLength: 8192,
  });
  (server as unknown as { first(handler: typeof prepare): void }).first(prepare);
  for (const route of routes) mount(server, edge, route);
  // The router's own error is never sent: "page not found" for unknown paths and for known paths with another method.
  const lost: Handler = async () => {
    throw notFound('page not found');
  };
  server.router.defaultRoute = (req: IncomingMessage, res: object, next: (stop: false) => void) => {
    const target = carried(req);
    void dispatch(edge, req, res, {
      operationId: 'none',
      handler: lost,
      since: 0,
      params: {},
      ...target,
      versionText: null,
    }).then(() => finish(res, next));
  };
  return tune(server.server as HttpServer);
}

function mount(server: restify.Server, edge: Edge, route: Route): void {
  const add = { GET: 'get', HEAD: 'head', POST: 'post', PUT: 'put', DELETE: 'del' } as const;
  const opts = { path: route.path, name: `${route.method.toLowerCase()}${route.operationId}` };
  server[add[route.method]](opts, (req: restify.Request, res: restify.Response, next: restify.Next) => {
    const target = {
      operationId: route.operationId,
      handler: route.handler,
      since: route.since ?? 0,
      params: req.params as Record<string, string>,
      ...carried(req),
    };
    void dispatch(edge, req, res, target).then(() => finish(res, next));
  });
}

/** Ends restify's own cycle. Its stand-in response never tells that it is flushed. */
function finish(res: object, next: (stop: false) => void): void {
  if ('claimUpgrade' in res) (res as unknown as { emit(name: string): void }).emit('finish');
  // A client that went away got no reply; restify would take that for a forgotten one and send a 500.
  else if (!(res as ServerResponse).headersSent) return;
  next(false);
}

/** Runs before restify: what the router must not see is taken off the URL here. Returns true to go on. */
function prepare(req: IncomingMessage, _res: ServerResponse): boolean {
  const message = req as EdgeMessage;
  const { versionText, path, search } = splitTarget(req.url ?? '/');
  message.dockerVersion = versionText;
  message.dockerSearch = search;
  message.url = path.startsWith('/') ? path : `/${path}`;
  // restify builds a WHATWG URL from it, and clients on unix sockets send any text here.
  message.headers.host = 'docker';
  return true;
}

function carried(req: IncomingMessage): { versionText: string | null; search: string } {
  const { dockerVersion, dockerSearch } = req as EdgeMessage;
  return { versionText: dockerVersion, search: dockerSearch };
}

function tune(server: HttpServer): HttpServer {
  server.headersTimeout = HEADERS_TIMEOUT;
  // Uploads and streams take as long as they take.
  server.requestTimeout = 0;
  server.timeout = 0;
  server.keepAliveTimeout = IDLE_TIMEOUT;
  const gated = server as HttpServer & { shouldUpgradeCallback: (req: IncomingMessage) => boolean };
  gated.shouldUpgradeCallback = (req) => UPGRADABLE[req.method ?? '']?.test(req.url ?? '') ?? false;
  server.on('connection', (socket: Socket) => socket.setKeepAlive(true, KEEPALIVE_PROBE));
  return server;
}
