// Back-pressure of a client, the one way that every stream to him waits.
import type { Writable } from 'node:stream';

/** Resolves when `out` takes more, or `client`, whom it leads to, is gone. */
export function drained(out: Writable, client: Writable = out): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      out.off('drain', done);
      client.off('close', done);
      resolve();
    };
    out.on('drain', done);
    client.on('close', done);
    if (client.destroyed) done();
  });
}
