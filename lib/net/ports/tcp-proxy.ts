// Listens on a TCP port of the machine: nobody else can take it, and what the kernel does not forward ([::1], IPv6 to a container without) is passed on by hand.
import { connect, createServer, isIPv6, type Server, type Socket } from 'node:net';
import type { ListenAt, Listener } from './listener.ts';
import { targetFor } from './types.ts';

/** A client that connects while the container is slow to accept waits no longer. ms */
const CONNECT_MS = 10_000;

/** Throws the errno error of the bind. */
export async function listenTcp({ binding, target }: ListenAt): Promise<Listener> {
  const sockets = new Set<Socket>();
  const server = createServer({ allowHalfOpen: true, noDelay: true }, (client) => {
    const remember = (socket: Socket): void => {
      sockets.add(socket);
      socket.once('close', () => sockets.delete(socket));
    };
    remember(client);
    remember(passOn(client, targetFor(binding.hostIp, target), binding.port));
  });
  await listening(server, binding.hostIp, binding.hostPort);
  server.on('error', () => undefined);
  return {
    close: () => {
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}

function listening(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ host, port, ipv6Only: isIPv6(host), exclusive: true }, () => {
      server.off('error', reject);
      resolve();
    });
  });
}

/** Both directions with back-pressure; the end of one side is passed on, the other goes on until its own. */
function passOn(client: Socket, host: string, port: number): Socket {
  const server = connect({ host, port, allowHalfOpen: true, noDelay: true });
  const both = (): void => {
    client.destroy();
    server.destroy();
  };
  server.setTimeout(CONNECT_MS, both);
  server.once('connect', () => server.setTimeout(0));
  client.once('error', both);
  server.once('error', both);
  client.pipe(server);
  server.pipe(client);
  return server;
}
