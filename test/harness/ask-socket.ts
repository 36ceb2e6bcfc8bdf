// Asks a server on a unix socket, without a client that would have its own mind.
import { request } from 'node:http';

export interface Answer<T> {
  status: number;
  /** null when it is empty. */
  body: T;
}

/** Sends and gets JSON; whatever the status. */
export function askSocket<T>(
  socketPath: string,
  [method, path, body]: [method: string, path: string, body?: object],
): Promise<Answer<T>> {
  const sent = body === undefined ? '' : JSON.stringify(body);
  const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(sent) };
  return new Promise((done, fail) => {
    const req = request({ socketPath, method, path, headers }, (res) => {
      let text = '';
      res.setEncoding('utf8').on('data', (piece: string) => {
        text += piece;
      });
      res.on('end', () =>
        done({ status: res.statusCode!, body: (text === '' ? null : JSON.parse(text)) as T }),
      );
    });
    req.on('error', fail);
    req.end(sent);
  });
}
