// Speaks to one daemon in the ways a scenario needs: raw API requests at one version, and the docker CLI.
import { request } from 'node:http';
import { type CliResult, run } from '#test/harness/stack.ts';

/** The API version both daemons are asked in (Debian's dockerd 20.10 knows no newer one). */
export const API = '1.41';

export interface Answer {
  status: number;
  type: string | undefined;
  body: unknown;
}

export interface Driver {
  /** Sends one request and reads the whole answer; JSON bodies are parsed. */
  api(method: string, path: string, body?: unknown): Promise<Answer>;
  /** Runs the CLI: code and both streams. */
  cli(...args: string[]): Promise<CliResult>;
  cliWith(input: string, ...args: string[]): Promise<CliResult>;
}

export function driver(socketPath: string): Driver {
  const env = { DOCKER_HOST: `unix://${socketPath}`, DOCKER_API_VERSION: API, DOCKER_CONFIG: '/nonexistent' };
  return {
    cli: (...args) => run('docker', args, { env }),
    cliWith: (input, ...args) => run('docker', args, { env, input }),
    api: (method, path, body) =>
      new Promise((done, fail) => {
        const payload = body === undefined ? undefined : Buffer.from(JSON.stringify(body));
        const headers = payload
          ? { 'content-type': 'application/json', 'content-length': payload.length }
          : {};
        const req = request({ socketPath, method, path: `/v${API}${path}`, headers }, (res) => {
          const chunks: Buffer[] = [];
          res.on('data', (chunk: Buffer) => chunks.push(chunk));
          res.on('error', fail);
          res.on('end', () => {
            const text = Buffer.concat(chunks).toString();
            let parsed: unknown = text;
            try {
              parsed = JSON.parse(text);
            } catch {
              // not JSON: compared as text
            }
            done({ status: res.statusCode ?? 0, type: res.headers['content-type'], body: parsed });
          });
        });
        req.on('error', fail);
        req.end(payload);
      }),
  };
}
