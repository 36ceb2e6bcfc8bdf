// One call of an sdc-clients method as a promise, with request id, abort and errors in Triton's own terms.
import type http from 'node:http';
import type Logger from 'bunyan';
import { type FieldError, TritonError } from '#lib/wire/errors.ts';
import { WatchingAgent, watchAnswers } from './cut-answers.ts';
import { connectionBroke, whenReachable } from './patience.ts';
import type { CallContext } from './types.ts';

/** What sdc-clients constructors take (restify-clients' options, those we set). */
export interface ClientOptions {
  url: string;
  socketPath?: string;
  log: Logger;
  agent: http.Agent;
  retry: false;
  version?: string;
}

/** Per-request options of sdc-clients' methods. */
export interface RequestOptions {
  headers: Record<string, string>;
}

export interface RestifyResponse {
  headers: Record<string, string | undefined>;
}
export type Answer = (err: RestifyError | null, body: unknown, req?: unknown, res?: RestifyResponse) => void;
type PathOptions = RequestOptions & { path: string; query?: Record<string, unknown> };

/** The generic verbs that every sdc-clients class inherits. */
export interface RestifyClient {
  get(options: PathOptions, callback: Answer): void;
  post(options: PathOptions, body: object, callback: Answer): void;
  put(options: PathOptions, body: object, callback: Answer): void;
  del(options: PathOptions, callback: Answer): void;
  close(): void;
}

/** restify-clients' own JsonClient, whose callback has the response before the body. */
export interface RestifyJsonClient {
  get(options: PathOptions, callback: JsonAnswer): void;
  post(options: PathOptions, body: object, callback: JsonAnswer): void;
  del(options: PathOptions, callback: JsonAnswer): void;
  close(): void;
}
type JsonAnswer = (err: RestifyError | null, req?: unknown, res?: RestifyResponse, body?: unknown) => void;

/** What restify-clients hands over as `err`: an HTTP error with its parsed body, or a socket's error. */
export interface RestifyError extends Error {
  statusCode?: number;
  restCode?: string;
  code?: string;
  body?: { code?: string; message?: string; errors?: FieldError[] };
}

/** For requests that change nothing, or that may be made twice. */
export const READ = { repeatable: true } as const;

export interface Endpoint {
  /** For messages: 'vmapi' */
  service: string;
  options: ClientOptions;
}

/**
 * Options for a client of one service. `url` is 'http://host:port' or 'unix:/path/to.sock'. No retries by the client: an action
 * must not run twice.
 */
export function endpoint(service: string, url: string, log: Logger): Endpoint {
  const agent = new WatchingAgent();
  const base = { log, agent, retry: false as const };
  const options = url.startsWith('unix:')
    ? { ...base, url: 'http://localhost', socketPath: url.slice('unix:'.length) }
    : { ...base, url };
  return { service, options };
}

/** restCode: the connection broke before the answer, and the request is not one that may be sent twice. */
export const OUTCOME_UNKNOWN = 'OutcomeUnknown';

/**
 * Runs `send` and gives the body. A service that nobody serves yet is waited for a little; `repeatable` says that the request may also be
 * sent again when the connection breaks under it. Throws TritonError: the service's own restCode, status, message and errors; 503
 * ServiceUnavailable when it cannot be reached; 503 OutcomeUnknown; 499 when the signal fires first. An aborted call only stops
 * waiting: a job that VMAPI has taken on goes on in any case, as it does when a real client hangs up.
 */
export async function call<T>(
  service: string,
  ctx: CallContext,
  send: (options: RequestOptions, callback: Answer) => void,
  { repeatable = false }: { repeatable?: boolean } = {},
): Promise<{ body: T; headers: Record<string, string | undefined> }> {
  try {
    return await whenReachable(() => once<T>(service, ctx, send), { signal: ctx.signal, repeatable });
  } catch (err) {
    throw err instanceof TritonError ? err : toTritonError(service, err as RestifyError);
  }
}

function once<T>(
  service: string,
  ctx: CallContext,
  send: (options: RequestOptions, callback: Answer) => void,
): Promise<{ body: T; headers: Record<string, string | undefined> }> {
  return new Promise((resolve, reject) => {
    const onAbort = (): void => reject(aborted(service));
    if (ctx.signal?.aborted === true) return onAbort();
    ctx.signal?.addEventListener('abort', onAbort, { once: true });
    const onAnswer: Answer = (err, body, _req, res) => {
      ctx.signal?.removeEventListener('abort', onAbort);
      if (err) reject(err);
      else resolve({ body: body as T, headers: res?.headers ?? {} });
    };
    watchAnswers(
      (err) => onAnswer(err, undefined),
      () => send({ headers: { 'x-request-id': ctx.reqId } }, onAnswer),
    );
  });
}

/** An sdc-clients error in Triton's terms; see call(). */
export function toTritonError(service: string, err: RestifyError): TritonError {
  if (connectionBroke(err)) {
    const message = `the connection to ${service} broke before it answered: whether this was done is not known`;
    return new TritonError(OUTCOME_UNKNOWN, 503, message, [], err);
  }
  if (err.statusCode === undefined) {
    return new TritonError(
      'ServiceUnavailable',
      503,
      `${service} cannot be reached: ${err.code ?? err.message}`,
    );
  }
  const body = err.body ?? {};
  const code = body.code ?? err.restCode ?? 'InternalError';
  const message = body.message ?? err.message;
  return new TritonError(code, err.statusCode, message, Array.isArray(body.errors) ? body.errors : []);
}

export function aborted(service: string): TritonError {
  return new TritonError('RequestAborted', 499, `the call of ${service} was given up`);
}
