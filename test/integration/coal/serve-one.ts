// Serves one CoaL service on a temporary unix socket, for the tests of the wire.
import { mkdtempSync, rmSync } from 'node:fs';
import http from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import bunyan from 'bunyan';
import { serve } from '#lib/coal/server.ts';
import type { CoalService } from '#lib/coal/types.ts';
import { type Endpoint, endpoint } from '#lib/triton/call.ts';

export const log = bunyan.createLogger({ name: 'test', level: 'fatal' });
export const CALL = { reqId: 'test-request' };

export interface Answer {
  status: number;
  headers: http.IncomingHttpHeaders;
  // biome-ignore lint/suspicious/noExplicitAny: whatever the service says
  body: any;
}

export interface Served {
  /** A directory for the service's own files. */
  dir: string;
  /** For a client of lib/triton. */
  at: Endpoint;
  /** A plain request. */
  ask(method: string, path: string, body?: object): Promise<Answer>;
  close(): Promise<void>;
}

/** `make` gets the directory. */
export async function serveOne(make: (dir: string) => Promise<CoalService>): Promise<Served> {
  const dir = mkdtempSync(join(tmpdir(), 'sdct-coal-'));
  const socketPath = join(dir, 'service.sock');
  const service = await make(dir);
  const serving = await serve(service, { socketPath, gid: null, log });
  return {
    dir,
    at: endpoint(service.name, `unix:${socketPath}`, log),
    ask: (method, path, body) => ask(socketPath, method, path, body),
    close: async () => {
      await serving.close();
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

async function ask(socketPath: string, method: string, path: string, body?: object): Promise<Answer> {
  const res = await new Promise<http.IncomingMessage>((resolve, reject) => {
    const req = http.request({ socketPath, method, path, agent: false }, resolve);
    req.on('error', reject);
    req.end(body === undefined ? undefined : JSON.stringify(body));
  });
  const text = (await res.toArray()).join('');
  return { status: res.statusCode ?? 0, headers: res.headers, body: text === '' ? null : JSON.parse(text) };
}
