// Asks one of a stack's Triton services itself, as an operator would.
import { request } from 'node:http';
import { join } from 'node:path';
import type { Stack } from './stack.ts';

/** The answer's body, null when it is empty; whatever its status. */
export function askCoal<T>(
  stack: Pick<Stack, 'dir'>,
  service: string,
  [method, path, body]: [method: string, path: string, body?: object],
): Promise<T> {
  const sent = body === undefined ? '' : JSON.stringify(body);
  const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(sent) };
  const socketPath = join(stack.dir, `run/coal/${service}.sock`);
  return new Promise((done, fail) => {
    const req = request({ socketPath, method, path, headers }, (res) => {
      let text = '';
      res.setEncoding('utf8').on('data', (piece: string) => {
        text += piece;
      });
      res.on('end', () => done((text === '' ? null : JSON.parse(text)) as T));
    });
    req.on('error', fail);
    req.end(sent);
  });
}
