// Listening addresses: unix sockets, and plain TCP on loopback only, when it is asked for by name.
import { chmodSync, chownSync, mkdirSync, rmSync } from 'node:fs';
import type { Server as HttpServer } from 'node:http';
import { connect, createServer, isIP, type Server, type Socket } from 'node:net';
import { dirname } from 'node:path';
import type Logger from 'bunyan';
import { FatalError } from '#lib/process/fatal.ts';

export type ListenAddress = { kind: 'unix'; path: string } | { kind: 'tcp'; host: string; port: number };

/**
 * 'unix:///path' or 'tcp://127.0.0.1:2375'. Throws FatalError for anything else; a TCP address must be a loopback one, since
 * whoever reaches it is the administrator.
 */
export function parseListenAddress(text: string): ListenAddress {
  if (text.startsWith('unix:///')) {
    const path = text.slice('unix://'.length);
    if (Buffer.byteLength(path) > 107)
      throw new FatalError(`the socket path is longer than 107 bytes: ${path}`);
    return { kind: 'unix', path };
  }
  const match = /^tcp:\/\/(localhost|[\d.]+|\[[0-9a-f:]+\]):(\d{1,5})$/i.exec(text);
  if (!match) throw new FatalError(`cannot listen on '${text}': use unix:///path or tcp://127.0.0.1:2375`);
  const host = match[1]!.replace(/^\[(.*)\]$/, '$1');
  const loopback = host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'));
  if (!loopback) {
    throw new FatalError(
      `will not listen on ${text}: plain TCP is for loopback (127.0.0.1) only; there is no TLS yet`,
    );
  }
  const port = Number(match[2]);
  if (port > 65_535) throw new FatalError(`cannot listen on '${text}': no such port`);
  return { kind: 'tcp', host, port };
}

/** A bound address whose connections wait until a server is there for them. */
export interface Gate {
  /** From now on connections, those that waited first, go to this server. */
  open(server: HttpServer): void;
  /** No new connections. */
  close(): void;
}

/**
 * Binds; a stale socket file is replaced. `group`: who may write to the socket besides its owner. Throws FatalError for an address
 * in use or without permission.
 */
export async function bindGate(
  address: ListenAddress,
  opts: { group: number | null; log: Logger },
): Promise<Gate> {
  const { log, group } = opts;
  const waiting: Socket[] = [];
  let target: HttpServer | null = null;
  // As http.Server has it: a client may end its side and still read ours.
  const listener = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => {
    if (target === null) waiting.push(socket);
    else target.emit('connection', socket);
  });
  if (address.kind === 'tcp') await bindTcp(listener, address, log);
  else await bindUnix(listener, address.path, group, log);
  return {
    open(server) {
      target = server;
      for (const socket of waiting.splice(0)) server.emit('connection', socket);
    },
    close: () => listener.close(),
  };
}

/** Throws FatalError when somebody answers there: said before anything is started, and before a stale socket is replaced. */
export async function refuseIfInUse(address: ListenAddress): Promise<void> {
  if (address.kind === 'unix' && (await answers({ path: address.path })))
    throw new FatalError(
      `the socket ${address.path} is in use by another daemon; stop it, or set daemon.listen`,
    );
  if (address.kind === 'tcp' && (await answers(address)))
    throw new FatalError(`cannot listen on tcp://${address.host}:${address.port}: it is in use`);
}

async function bindTcp(
  listener: Server,
  { host, port }: { host: string; port: number },
  log: Logger,
): Promise<void> {
  await bind(listener, { host, port }, `tcp://${host}:${port}`);
  log.warn(
    { host, port },
    'plain TCP without authentication: everyone on this machine who can connect is the administrator',
  );
}

async function bindUnix(listener: Server, path: string, group: number | null, log: Logger): Promise<void> {
  mkdirSync(dirname(path), { recursive: true });
  await refuseIfInUse({ kind: 'unix', path });
  rmSync(path, { force: true });
  await bind(listener, { path }, `unix://${path}`);
  chmodSync(path, 0o660);
  if (group !== null) chownSync(path, 0, group);
  log.info({ path }, 'listening');
}

function bind(listener: Server, to: object, words: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const onError = (err: NodeJS.ErrnoException): void => {
      const why =
        err.code === 'EADDRINUSE' ? 'it is in use' : err.code === 'EACCES' ? 'no permission' : err.message;
      reject(new FatalError(`cannot listen on ${words}: ${why}`));
    };
    listener.once('error', onError);
    listener.listen(to, () => {
      listener.removeListener('error', onError);
      resolve();
    });
  });
}

/** True when some process accepts connections there. */
function answers(where: { path: string } | { host: string; port: number }): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = connect(where);
    probe.once('connect', () => {
      probe.destroy();
      resolve(true);
    });
    probe.once('error', () => resolve(false));
  });
}
