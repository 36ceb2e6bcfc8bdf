// A server of a test's own with the daemon's edge and the test's handlers, and raw requests to it.
import { once } from 'node:events';
import { rm } from 'node:fs/promises';
import type { Server } from 'node:http';
import { connect, type Socket } from 'node:net';
import bunyan from 'bunyan';
import type { App, Handler, Route } from '#src/context.ts';
import { createServer } from '#src/server/create-server.ts';

export interface OwnEdge {
  path: string;
  /** Everything logged, as bunyan writes it. */
  logged: Record<string, unknown>[];
  close(): Promise<void>;
}

let made = 0;

/** Listens on a unix socket. Of the App the edge itself uses the log only. */
export async function ownEdge(routes: Route[]): Promise<OwnEdge> {
  const path = `/tmp/sdct-edge-${process.pid}-${made++}.sock`;
  const logged: Record<string, unknown>[] = [];
  const log = bunyan.createLogger({
    name: 'test',
    level: 'trace',
    serializers: bunyan.stdSerializers,
    streams: [
      {
        type: 'raw',
        level: 'trace',
        stream: { write: (record: object) => void logged.push(record as Record<string, unknown>) } as never,
      },
    ],
  });
  const server: Server = createServer({ log } as App, { uuid: 'a', login: 'admin' }, routes);
  server.listen(path);
  await once(server, 'listening');
  return {
    path,
    logged,
    close: async () => {
      server.closeAllConnections();
      server.close();
      await rm(path, { force: true });
    },
  };
}

export function route(method: Route['method'], path: string, handler: Handler, since?: number): Route {
  return {
    operationId: `Test${path.replace(/\W/g, '')}`,
    method,
    path,
    handler,
    ...(since === undefined ? {} : { since }),
  };
}

/** A connection on which a test says what it likes. */
export async function raw(path: string): Promise<{
  socket: Socket;
  text: () => string;
  until: (what: RegExp) => Promise<string>;
  ended: Promise<void>;
}> {
  const socket = connect({ path, allowHalfOpen: true });
  let got = '';
  let wake: () => void = () => {};
  socket.on('data', (chunk) => {
    got += chunk.toString('latin1');
    wake();
  });
  socket.on('error', () => wake());
  const ended = new Promise<void>((resolve) => {
    socket.once('end', resolve);
    socket.once('close', () => resolve());
  });
  await once(socket, 'connect');
  const until = async (what: RegExp): Promise<string> => {
    while (!what.test(got)) {
      if (socket.readableEnded || socket.destroyed)
        throw new Error(`the connection ended before ${what}: ${JSON.stringify(got)}`);
      await Promise.race([new Promise<void>((resolve) => (wake = resolve)), ended]);
    }
    return got;
  };
  return { socket, text: () => got, until, ended };
}

export interface Answer {
  status: number;
  headers: Record<string, string>;
  body: string;
}

/** One request on a connection of its own; the answer is what came until its end. */
export async function ask(path: string, head: string, body: string | Buffer = ''): Promise<Answer> {
  const { socket, text, ended } = await raw(path);
  const [first = '', ...fields] = head.split('\n');
  socket.write(
    `${first} HTTP/1.1\r\n${['Host: docker', 'Connection: close', ...fields].join('\r\n')}\r\n\r\n`,
  );
  socket.write(body);
  await ended;
  socket.destroy();
  const [top = '', ...rest] = text().split('\r\n\r\n');
  const [status = '', ...lines] = top.split('\r\n');
  return {
    status: Number(status.split(' ')[1]),
    headers: Object.fromEntries(
      lines.map((line) => [
        line.slice(0, line.indexOf(':')).toLowerCase(),
        line.slice(line.indexOf(':') + 1).trim(),
      ]),
    ),
    body: rest.join('\r\n\r\n'),
  };
}
