// Speaks to one daemon in the ways a scenario needs: API requests at one version, raw streams, and the docker CLI.
import { request } from 'node:http';
import { connect } from 'node:net';
import { type CliResult, run, waitUntil } from '#test/harness/stack.ts';

/** The API version both daemons are asked in (Debian's dockerd 20.10 knows no newer one). */
export const API = '1.41';

export interface Answer {
  status: number;
  type: string | undefined;
  body: unknown;
}

/** The whole answer on a connection that was taken over: status line, the headers that count, and every byte after them. */
export interface StreamAnswer {
  status: string;
  headers: Record<string, string>;
  /** latin1, so that one character is one byte */
  bytes: string;
}

export interface StreamOptions {
  body?: unknown;
  /** Asks to upgrade to tcp, as the CLI does. */
  upgrade?: boolean;
  /** Sent after the answer's head has come; then the sending side is closed. */
  input?: string;
  /** Called when the answer's head has come. */
  onHead?(): Promise<unknown>;
}

export interface Driver {
  /** For what needs a connection of its own. */
  socketPath: string;
  /** host:port of the registry that also stands in for Docker Hub. */
  registry: string;
  /** '10.97' or '10.98': both daemons route on one machine, so each has subnets of its own; they are masked as one. */
  subnet: string;
  /** Sends one request and reads the whole answer; JSON bodies, also of several lines, are parsed. */
  api(method: string, path: string, body?: unknown): Promise<Answer>;
  /** Like `api`, with a body that is sent as it is. */
  text(method: string, path: string, body: string, type?: string): Promise<Answer>;
  /** Attach, exec start. */
  stream(method: string, path: string, opts?: StreamOptions): Promise<StreamAnswer>;
  /** Resolves when the container's State.Status is one of these. */
  until(name: string, ...statuses: string[]): Promise<void>;
  /** Runs the CLI: code and both streams. */
  cli(...args: string[]): Promise<CliResult>;
  cliWith(input: string, ...args: string[]): Promise<CliResult>;
}

export function driver(socketPath: string, registry: string): Driver {
  const env = { DOCKER_HOST: `unix://${socketPath}`, DOCKER_API_VERSION: API, DOCKER_CONFIG: '/nonexistent' };
  const text = (method: string, path: string, body?: string, type?: string): Promise<Answer> =>
    send(socketPath, { method, path, body, type });
  const api = (method: string, path: string, body?: unknown): Promise<Answer> =>
    text(method, path, body === undefined ? undefined : JSON.stringify(body), 'application/json');
  return {
    socketPath,
    registry,
    subnet: socketPath.includes('dockerd') ? '10.97' : '10.98',
    cli: (...args) => run('docker', args, { env }),
    cliWith: (input, ...args) => run('docker', args, { env, input }),
    api,
    text,
    stream: (method, path, opts = {}) => stream(socketPath, method, path, opts),
    async until(name, ...statuses) {
      await waitUntil(`${name} is ${statuses.join(' or ')}`, async () => {
        const { body } = await api('GET', `/containers/${name}/json`);
        return statuses.includes((body as { State?: { Status: string } }).State?.Status ?? 'gone');
      });
    },
  };
}

/** A path with its own version stays as it is. */
function versioned(path: string): string {
  return /^\/v\d/.test(path) ? path : `/v${API}${path}`;
}

interface Sent {
  method: string;
  path: string;
  body?: string;
  type?: string;
}

function send(socketPath: string, { method, path, body, type }: Sent): Promise<Answer> {
  return new Promise((done, fail) => {
    const headers =
      body === undefined
        ? {}
        : { ...(type ? { 'content-type': type } : {}), 'content-length': Buffer.byteLength(body) };
    const req = request({ socketPath, method, path: versioned(path), headers }, (res) => {
      const chunks: Buffer[] = [];
      res.on('data', (chunk: Buffer) => chunks.push(chunk));
      res.on('error', fail);
      res.on('end', () => {
        const media = res.headers['content-type'];
        done({ status: res.statusCode ?? 0, type: media, body: parsed(Buffer.concat(chunks), media) });
      });
    });
    req.on('error', fail);
    req.end(body);
  });
}

/** JSON, a list of JSON lines, or the bytes as text. */
function parsed(bytes: Buffer, type: string | undefined): unknown {
  if (!type?.includes('json')) return bytes.toString('latin1');
  const text = bytes.toString();
  try {
    return JSON.parse(text);
  } catch {
    try {
      return text
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as unknown);
    } catch {
      return text;
    }
  }
}

function stream(
  socketPath: string,
  method: string,
  path: string,
  { body, upgrade, input, onHead }: StreamOptions,
): Promise<StreamAnswer> {
  return new Promise((done, fail) => {
    const payload = body === undefined ? '' : JSON.stringify(body);
    const lines = [
      `${method} ${versioned(path)} HTTP/1.1`,
      'Host: docker',
      ...(upgrade ? ['Connection: Upgrade', 'Upgrade: tcp'] : ['Connection: close']),
      ...(body === undefined ? [] : ['Content-Type: application/json']),
      `Content-Length: ${Buffer.byteLength(payload)}`,
    ];
    const socket = connect({ path: socketPath, allowHalfOpen: true });
    let got = '';
    let headSeen = false;
    socket.setTimeout(20_000, () => socket.destroy(new Error(`${method} ${path}: silent after ${got}`)));
    socket.on('connect', () => socket.write(`${lines.join('\r\n')}\r\n\r\n${payload}`));
    socket.on('data', (chunk) => {
      got += chunk.toString('latin1');
      if (headSeen || !got.includes('\r\n\r\n')) return;
      headSeen = true;
      if (input !== undefined) socket.end(input);
      onHead?.().catch(fail);
    });
    socket.on('error', fail);
    socket.on('end', () => {
      socket.end();
      done(readAnswer(got));
    });
  });
}

const COUNTED = ['content-type', 'connection', 'upgrade', 'transfer-encoding'];

function readAnswer(text: string): StreamAnswer {
  const end = text.indexOf('\r\n\r\n');
  const [status = '', ...lines] = text.slice(0, end).split('\r\n');
  const headers = lines.map((line): [string, string] => {
    const at = line.indexOf(':');
    return [line.slice(0, at).toLowerCase(), line.slice(at + 1).trim()];
  });
  return {
    status,
    headers: Object.fromEntries(headers.filter(([name]) => COUNTED.includes(name))),
    bytes: text.slice(end + 4),
  };
}
