// Serves one CoaL service on a unix socket, with restify and the headers of Triton's services.
import { randomUUID } from 'node:crypto';
import { chmod, chown, rm } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { hostname } from 'node:os';
import type { Duplex } from 'node:stream';
import type Logger from 'bunyan';
import restify from 'restify';
import { TritonError } from '#lib/wire/errors.ts';
import { readJsonBody } from './read-body.ts';
import type { CoalReply, CoalRequest, CoalRoute, CoalService } from './types.ts';

export interface ServeOptions {
  socketPath: string;
  /** Group of the socket; null leaves it to the process's own. */
  gid: number | null;
  log: Logger;
}

export interface Serving {
  socketPath: string;
  /** Refuses new connections, ends open ones and the service; resolves when the socket is gone. */
  close(): Promise<void>;
}

/** Resolves when the service listens. A socket file that is there is replaced: the caller holds the single-instance lock. */
export async function serve(service: CoalService, opts: ServeOptions): Promise<Serving> {
  const log = opts.log.child({ component: service.name });
  const server = restify.createServer({
    name: service.server,
    // restify only asks for trace() and child(), which bunyan has; its types want pino.
    log: log as never,
  });
  // A job may take an hour before its reply begins (triton-wire §2.4); node's own limits are for receiving the request.
  server.server.timeout = 0;
  server.server.keepAliveTimeout = 60_000;
  for (const route of service.routes) mount(server, service, route, log);
  server.on('upgrade', (req: IncomingMessage, socket: Duplex, head: Buffer) => {
    if (service.upgrade) service.upgrade(req, socket, head);
    else socket.destroy();
  });
  await rm(opts.socketPath, { force: true });
  await new Promise<void>((resolve, reject) => {
    server.server.once('error', reject);
    server.listen(opts.socketPath, () => resolve());
  });
  await chmod(opts.socketPath, 0o660);
  if (opts.gid !== null) await chown(opts.socketPath, process.getuid?.() ?? 0, opts.gid);
  return {
    socketPath: opts.socketPath,
    close: async () => {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      await service.close();
      (server.server as import('node:http').Server).closeAllConnections();
      await closed;
      await rm(opts.socketPath, { force: true });
    },
  };
}

const VERBS = { GET: 'get', HEAD: 'head', POST: 'post', PUT: 'put', DELETE: 'del' } as const;

function mount(server: restify.Server, service: CoalService, route: CoalRoute, log: Logger): void {
  // restify wants three arguments of a handler that is not async; ours always ends the chain.
  server[VERBS[route.method]](route.path, (req, res, next) => {
    void handle(service, route, log, req as unknown as RestifyRequest, res as unknown as ServerResponse).then(
      () => next(false),
    );
  });
}

type RestifyRequest = IncomingMessage & { params?: Record<string, string> };

async function handle(
  service: CoalService,
  route: CoalRoute,
  serviceLog: Logger,
  raw: RestifyRequest,
  res: ServerResponse,
): Promise<void> {
  const began = Date.now();
  const reqId = requestId(raw);
  const log = serviceLog.child({ req_id: reqId, route: route.name });
  const gone = new AbortController();
  res.once('close', () => {
    if (!res.writableFinished) gone.abort();
  });
  standardHeaders(service, res, reqId);
  try {
    const body = route.rawBody === true ? {} : await readJsonBody(raw);
    const request = toRequest(raw, res, { body, reqId, log, signal: gone.signal });
    const reply = await route.handler(request);
    if (reply !== 'handled') send(res, reply, began);
    log.debug({ method: raw.method, status: res.statusCode, ms: Date.now() - began }, 'request');
  } catch (err) {
    answerError(res, err, began, log);
  }
}

function toRequest(
  raw: RestifyRequest,
  res: ServerResponse,
  rest: Pick<CoalRequest, 'body' | 'reqId' | 'log' | 'signal'>,
): CoalRequest {
  const { searchParams } = new URL(raw.url ?? '/', 'http://localhost');
  return {
    params: { ...raw.params },
    query: Object.fromEntries(searchParams),
    headers: raw.headers as Record<string, string | undefined>,
    raw,
    res,
    ...rest,
  };
}

function requestId(raw: IncomingMessage): string {
  const given = raw.headers['x-request-id'] ?? raw.headers['request-id'];
  return typeof given === 'string' && /^[\w.:-]{1,128}$/.test(given) ? given : randomUUID();
}

function standardHeaders(service: CoalService, res: ServerResponse, reqId: string): void {
  res.setHeader('server', service.server);
  res.setHeader('x-request-id', reqId);
  res.setHeader('x-server-name', hostname());
}

function send(res: ServerResponse, reply: Exclude<CoalReply, 'handled'>, began: number): void {
  if (res.destroyed || res.headersSent) return;
  for (const [name, value] of Object.entries(reply.headers ?? {})) res.setHeader(name, value);
  res.setHeader('x-response-time', Date.now() - began);
  if (reply.body === undefined) {
    res.writeHead(reply.status);
    res.end();
    return;
  }
  const text = JSON.stringify(reply.body);
  res.writeHead(reply.status, {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(text),
  });
  res.end(text);
}

/** TritonErrors go out as they are; of anything else the caller learns nothing but that it happened. */
function answerError(res: ServerResponse, err: unknown, began: number, log: Logger): void {
  if (res.headersSent || res.destroyed) {
    log.debug({ err }, 'failed after the reply had begun, or the caller is gone');
    res.destroy();
    return;
  }
  if (err instanceof TritonError) {
    log.debug({ restCode: err.restCode, status: err.statusCode }, err.ownMessage);
    send(res, { status: err.statusCode, body: err.body() }, began);
    return;
  }
  log.error({ err }, 'unexpected error');
  send(res, { status: 500, body: { code: 'InternalError', message: 'an internal error occurred' } }, began);
}
