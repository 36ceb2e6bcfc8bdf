// HTTP towards registries: keep-alive, redirects that never carry credentials to another host, time limits, abort.
import http from 'node:http';
import https from 'node:https';
import type { Socket } from 'node:net';
import { RegistryError } from './errors.ts';
import { isPlainHttp, networkErrorText } from './network-errors.ts';

const CONNECT_MS = 15_000;
/** Also the longest silence inside a body. */
const SILENCE_MS = 60_000;
const MAX_REDIRECTS = 10;
const MAX_ERROR_BODY = 64 * 1024;

export interface HttpRequest {
  method?: 'GET' | 'HEAD' | 'POST';
  headers?: Record<string, string>;
  body?: string;
  signal?: AbortSignal | undefined;
  /** Do not verify the server's certificate, and allow plain http: only for registries that the operator named. */
  insecure: boolean;
}

export interface HttpReply {
  status: number;
  statusText: string;
  headers: http.IncomingHttpHeaders;
  body: http.IncomingMessage;
}

export interface Http {
  /** Follows redirects, but never with a body: that one holds a refresh token, and its redirect is the answer. Throws RegistryError unreachable (Go's words) or the signal's reason. The body must be read or destroyed. */
  request(url: URL, opts: HttpRequest): Promise<HttpReply>;
  close(): void;
}

/** One pool of connections, which `close` ends. Proxies as in HTTP_PROXY, HTTPS_PROXY and NO_PROXY. */
export function createHttp(): Http {
  const keep = { keepAlive: true, maxSockets: 16, maxFreeSockets: 4, timeout: SILENCE_MS };
  const proxied = { ...keep, proxyEnv: process.env };
  const agents = {
    plain: new http.Agent(proxied),
    plainLocal: new http.Agent(keep),
    tls: new https.Agent(proxied),
    tlsLocal: new https.Agent({ ...keep, rejectUnauthorized: false }),
  };
  const agentFor = (url: URL, insecure: boolean): http.Agent => {
    if (url.protocol === 'http:') return insecure ? agents.plainLocal : agents.plain;
    return insecure ? agents.tlsLocal : agents.tls;
  };
  return {
    async request(start, opts) {
      let url = start;
      let headers = opts.headers ?? {};
      let { insecure } = opts;
      for (let hops = 0; ; hops++) {
        const reply = await once(url, { ...opts, headers, insecure }, agentFor(url, insecure));
        const { location } = reply.headers;
        const leads = [301, 302, 303, 307, 308].includes(reply.status) && opts.body === undefined;
        if (!leads || location === undefined) return reply;
        reply.body.resume();
        if (hops >= MAX_REDIRECTS) throw failed(opts, url, `stopped after ${MAX_REDIRECTS} redirects`);
        const next = nextUrl({ ...opts, insecure }, url, location);
        if (next.origin !== url.origin) {
          headers = withoutCredentials(headers);
          // Trust in an insecure registry does not spread to where it points: https elsewhere is verified.
          if (next.protocol === 'https:' && next.hostname !== url.hostname) insecure = false;
        }
        url = next;
      }
    },
    close() {
      for (const agent of Object.values(agents)) agent.destroy();
    },
  };
}

/** The reply's body as text, at most 64 KiB of it. */
export async function textOf(reply: HttpReply): Promise<string> {
  return (await bytesOf(reply, MAX_ERROR_BODY, true)).toString('utf8');
}

/** The whole body. More than `max` bytes: cut when `cut`, else RegistryError invalid. */
export async function bytesOf(reply: HttpReply, max: number, cut = false): Promise<Buffer> {
  const pieces: Buffer[] = [];
  let length = 0;
  for await (const piece of reply.body as AsyncIterable<Buffer>) {
    pieces.push(piece);
    length += piece.length;
    if (length <= max) continue;
    reply.body.destroy();
    if (!cut) throw new RegistryError('invalid', `the registry's answer is larger than ${max} bytes`);
    break;
  }
  return Buffer.concat(pieces).subarray(0, max);
}

function once(url: URL, opts: HttpRequest, agent: http.Agent): Promise<HttpReply> {
  const method = opts.method ?? 'GET';
  const lib = url.protocol === 'https:' ? https : http;
  return new Promise((resolve, reject) => {
    const headers = { 'user-agent': 'sdc-docker', ...opts.headers };
    const req = lib.request(url, { method, headers, agent, signal: opts.signal, timeout: SILENCE_MS });
    const connecting = setTimeout(() => req.destroy(timeout(url)), CONNECT_MS);
    req.once('socket', (socket: Socket) => {
      if (!socket.connecting) clearTimeout(connecting);
      else socket.once('connect', () => clearTimeout(connecting));
    });
    req.once('timeout', () => req.destroy(timeout(url)));
    req.once('close', () => clearTimeout(connecting));
    // Stays for ever: a connection that breaks after the answer also speaks through the body.
    req.on('error', (err) => {
      reject(opts.signal?.aborted ? opts.signal.reason : failed(opts, url, networkErrorText(err), err));
    });
    req.once('response', (body) => {
      body.setTimeout(SILENCE_MS, () => body.destroy(timeout(url)));
      resolve({
        status: body.statusCode ?? 0,
        statusText: body.statusMessage ?? '',
        headers: body.headers,
        body,
      });
    });
    req.end(opts.body);
  });
}

/** True when https failed because the other side speaks plain http, or nothing listens: plain http may be tried. */
export function mayBePlainHttp(err: unknown): boolean {
  const cause = (err as Error).cause;
  return (
    isPlainHttp(cause) || ['ECONNREFUSED', 'ECONNRESET'].includes((cause as { code?: string })?.code ?? '')
  );
}

function timeout(url: URL): Error {
  return Object.assign(new Error(`no answer from ${url.host}`), { code: 'ETIMEDOUT' });
}

function failed(opts: HttpRequest, url: URL, text: string, cause?: Error): RegistryError {
  const method = opts.method ?? 'GET';
  const verb = method[0] + method.slice(1).toLowerCase();
  // No query: it may carry a signature.
  return new RegistryError('unreachable', `${verb} "${url.origin}${url.pathname}": ${text}`, { cause });
}

/** Where a redirect leads. `opts.insecure`: of the request that was redirected, not of the first one. */
function nextUrl(opts: HttpRequest, from: URL, location: string): URL {
  const to = URL.parse(location, from.href);
  if (to?.protocol !== 'https:' && to?.protocol !== 'http:') throw failed(opts, from, 'unsupported redirect');
  if (to.protocol === 'http:' && from.protocol === 'https:' && !opts.insecure) {
    throw failed(opts, from, 'redirect from https to http refused');
  }
  return to;
}

function withoutCredentials(headers: Record<string, string>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).filter(([name]) => name.toLowerCase() !== 'authorization'),
  );
}
