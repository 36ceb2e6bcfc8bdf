// Calls the archive operations of a daemon, any daemon, and gives bodies and stat headers as they are.
import { request } from 'node:http';

export interface Archived {
  status: number;
  type: string | undefined;
  /** What X-Docker-Container-Path-Stat says. */
  stat: Record<string, unknown> | undefined;
  body: Buffer;
}

export interface ArchiveOptions {
  body?: Buffer;
  headers?: Record<string, string>;
  signal?: AbortSignal;
}

/** `path` without a version gets 1.41, which every daemon of the tests knows. Rejects when the connection breaks. */
export function archiveCall(
  socketPath: string,
  method: string,
  path: string,
  { body, headers = {}, signal }: ArchiveOptions = {},
): Promise<Archived> {
  return new Promise((done, fail) => {
    const options = { socketPath, method, path: `/v1.41${path}`, headers, ...(signal ? { signal } : {}) };
    const req = request(options, (res) => {
      const chunks: Buffer[] = [];
      res.on('data', (chunk: Buffer) => chunks.push(chunk));
      res.on('error', fail);
      res.on('end', () => {
        const stat = res.headers['x-docker-container-path-stat'] as string | undefined;
        done({
          status: res.statusCode ?? 0,
          type: res.headers['content-type'],
          stat: stat
            ? (JSON.parse(Buffer.from(stat, 'base64').toString()) as Record<string, unknown>)
            : undefined,
          body: Buffer.concat(chunks),
        });
      });
    });
    req.on('error', fail);
    req.end(body);
  });
}

/** '/containers/<name>/archive?path=…' */
export function archivePath(name: string, path: string, more = ''): string {
  return `/containers/${name}/archive?path=${encodeURIComponent(path)}${more}`;
}
