// One request from route to reply: version window, handler, error reply, audit line.
import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Account, App, Handler, Req } from '#src/context.ts';
import { type DockerError, notFound } from '#src/errors.ts';
import { claimUpgrade, responseOn } from './connection.ts';
import { errorReply, toDockerError } from './error-reply.ts';
import { negotiate } from './path.ts';
import { sendReply } from './reply.ts';
import type { Incoming } from './request.ts';
import { buildReq } from './request.ts';

/** What every request of one server shares. */
export interface Edge {
  app: App;
  account: Account;
  identity: Record<string, string>;
}

/** A matched operation. */
export interface Target {
  operationId: string;
  handler: Handler;
  since: number;
  versionText: string | null;
  search: string;
  params: Record<string, string>;
}

/**
 * Serves one request to its end (for a stream: until the handler has returned). Never rejects. `rawRes` is Node's response or
 * restify's stand-in for upgrades.
 */
export async function dispatch(
  edge: Edge,
  req: IncomingMessage,
  rawRes: object,
  target: Target,
): Promise<void> {
  const startedAt = performance.now();
  const upgrade = claimUpgrade(rawRes);
  const res = upgrade === null ? (rawRes as ServerResponse) : responseOn(req, upgrade);
  const reqId = requestId(req);
  const log = edge.app.log.child(
    { req_id: reqId, operationId: target.operationId, account: edge.account.login },
    true,
  );
  const incoming: Incoming = {
    req,
    res,
    upgrade,
    reqId,
    log,
    search: target.search,
    params: target.params,
    identity: edge.identity,
    hijacked: false,
  };
  for (const [name, value] of Object.entries(edge.identity)) res.setHeader(name, value);
  const gone = new AbortController();
  const connection = upgrade === null ? res : upgrade.socket;
  const onClose = (): void => gone.abort();
  connection.once('close', onClose);
  // After an upgrade nobody else listens yet, and an unheard 'error' would end the process.
  if (upgrade !== null) upgrade.socket.on('error', (err) => log.debug({ err }, 'client connection'));

  let failure: DockerError | undefined;
  try {
    await serve(edge, incoming, target, gone.signal);
  } catch (err) {
    failure = toDockerError(err);
    answerFailure(incoming, failure, gone.signal.aborted);
  }
  // A reply is written, or the handler owns the stream: from here a closing connection is no abort any more.
  connection.removeListener('close', onClose);
  audit(incoming, target, { startedAt, failure, aborted: gone.signal.aborted });
}

async function serve(edge: Edge, incoming: Incoming, target: Target, signal: AbortSignal): Promise<void> {
  const version = negotiate(target.versionText);
  if (version < target.since) throw notFound('page not found');
  const req: Req = buildReq(edge.app, edge.account, version, incoming, signal);
  const reply = await target.handler(req);
  if (reply !== 'handled') sendReply(incoming.res, incoming.req.method ?? 'GET', reply);
}

function answerFailure(incoming: Incoming, failure: DockerError, aborted: boolean): void {
  const { res, upgrade, hijacked } = incoming;
  if (aborted) return;
  if (hijacked || res.headersSent) {
    // Too late for a status: cutting the connection is the only honest sign left.
    (upgrade?.socket ?? res).destroy();
    return;
  }
  sendReply(res, incoming.req.method ?? 'GET', errorReply(failure));
}

function requestId(req: IncomingMessage): string {
  const given = req.headers['x-request-id'];
  return typeof given === 'string' && /^[\w.-]{1,64}$/.test(given) ? given : randomUUID();
}

interface Outcome {
  startedAt: number;
  failure: DockerError | undefined;
  aborted: boolean;
}

/** The path only: a query can hold build arguments, and bodies and headers hold credentials. */
function audit(incoming: Incoming, target: Target, outcome: Outcome): void {
  const { req, res, log } = incoming;
  const { failure } = outcome;
  const status = outcome.aborted ? 499 : incoming.hijacked && incoming.upgrade ? 101 : res.statusCode;
  const fields = {
    method: req.method,
    path: req.url?.split('?', 1)[0],
    apiVersion: target.versionText,
    status,
    ms: Math.round((performance.now() - outcome.startedAt) * 100) / 100,
    userAgent: req.headers['user-agent'],
  };
  if (failure === undefined) log.info(fields, 'request');
  else if (status >= 500 && failure.kind !== 'notImplemented')
    log.error({ ...fields, err: failure }, 'request');
  else log.info({ ...fields, message: failure.clientMessage }, 'request');
}
