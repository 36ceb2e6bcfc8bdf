// Writes a handler's reply: JSON with Go's trailing newline, or an empty answer.
import type { ServerResponse } from 'node:http';
import type { Reply } from '#src/context.ts';

/** Does nothing for 'handled'. Headers of the reply win over the identity headers already set. */
export function sendReply(res: ServerResponse, method: string, reply: Reply): void {
  if (reply === 'handled') return;
  const { status, headers = {} } = reply;
  for (const [name, value] of Object.entries(headers)) res.setHeader(name, value);
  const body = 'body' in reply ? reply.body : undefined;
  if (body === undefined || status === 204 || status === 304) {
    res.writeHead(status);
    res.end();
    return;
  }
  const bytes = typeof body === 'string' ? Buffer.from(body) : Buffer.from(`${JSON.stringify(body)}\n`);
  if (!res.hasHeader('content-type')) {
    res.setHeader(
      'Content-Type',
      typeof body === 'string' ? 'text/plain; charset=utf-8' : 'application/json',
    );
  }
  if (!res.hasHeader('content-length')) res.setHeader('Content-Length', bytes.length);
  res.writeHead(status);
  res.end(method === 'HEAD' ? undefined : bytes);
}
