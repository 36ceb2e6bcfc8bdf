// A response of JSON lines, as dockerd streams them during a pull, at the client's pace.
import type { ServerResponse } from 'node:http';
import { drained } from '#src/stdio/drained.ts';

export interface MessageStream<T> {
  /** Sends the head before the first message. Resolves when the client takes more, or is gone. */
  write(message: T): Promise<void>;
  /** True once the head is sent: errors have to go into the stream. */
  readonly begun: boolean;
}

export function messageStream<T>(res: ServerResponse): MessageStream<T> {
  return {
    async write(message) {
      if (res.destroyed) return;
      if (!res.headersSent) res.writeHead(200, { 'Content-Type': 'application/json' });
      if (!res.write(`${JSON.stringify(message)}\r\n`)) await drained(res);
    },
    get begun() {
      return res.headersSent;
    },
  };
}
