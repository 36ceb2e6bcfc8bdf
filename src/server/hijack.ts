// Takes a connection over for attach and exec: 101 and the bare socket when the client asked to upgrade, else a 200 stream.
import type { IncomingMessage, ServerResponse } from 'node:http';
import { Duplex } from 'node:stream';
import { streamType } from '#src/api/stream-type.ts';
import type { ApiVersion } from '#src/api/version.ts';
import type { Upgrade } from './connection.ts';

/** What hijack needs of a request. */
export interface HijackContext {
  req: IncomingMessage;
  res: ServerResponse;
  upgrade: Upgrade | null;
  version: ApiVersion;
  headers: Record<string, string>;
}

/** See Req.hijack in src/context.ts. Headers are on the wire when it returns. */
export function hijack(ctx: HijackContext, opts: { tty: boolean }): Duplex {
  const type = streamType(ctx.version, opts.tty);
  return ctx.upgrade === null ? plainStream(ctx, type) : upgraded(ctx, ctx.upgrade, type);
}

function upgraded(ctx: HijackContext, upgrade: Upgrade, type: string): Duplex {
  const { socket, head } = upgrade;
  ctx.res.detachSocket(socket as never);
  const fields = { 'Content-Type': type, Connection: 'Upgrade', Upgrade: 'tcp', ...ctx.headers };
  const lines = Object.entries(fields).map(([name, value]) => `${name}: ${value}\r\n`);
  socket.write(`HTTP/1.1 101 UPGRADED\r\n${lines.join('')}\r\n`);
  if (head.length > 0) socket.unshift(head);
  return socket;
}

/**
 * A client that did not ask for an upgrade reads the body of a 200 until the connection closes, and may send stdin as the
 * request body.
 */
function plainStream(ctx: HijackContext, type: string): Duplex {
  const { req, res } = ctx;
  res.useChunkedEncodingByDefault = false;
  res.shouldKeepAlive = false;
  res.writeHead(200, { 'Content-Type': type });
  res.flushHeaders();
  const both = Duplex.from({ readable: req, writable: res } as never);
  res.once('close', () => both.destroy());
  return both;
}
