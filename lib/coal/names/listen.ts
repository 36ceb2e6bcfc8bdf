// Listens for DNS questions at one address, over UDP and TCP.
import { createSocket, type Socket as UdpSocket } from 'node:dgram';
import { createServer, type Server, type Socket } from 'node:net';
import { framed, Unframer } from './framing.ts';

/** A TCP client that says nothing more. ms */
const IDLE_MS = 10_000;
/** Connections, and questions under way, at a time; what is more is dropped, and asked again. */
const MAX_CONNECTIONS = 256;
const MAX_UNDER_WAY = 2048;
const MAX_OF_ONE = 256;

export type Answer = (message: Buffer, from: string, protocol: 'udp' | 'tcp') => Promise<Buffer | null>;

/** Resolves with the function that ends it. Throws the errno error of the bind. */
export async function listenForNames(ip: string, port: number, answer: Answer): Promise<() => void> {
  const sockets = new Set<Socket>();
  const udp = await bindUdp(ip, port);
  const limited = withLimits(answer);
  udp.on('message', (message, from) => {
    void limited(message, from.address, 'udp').then((reply) => {
      if (reply) udp.send(reply, from.port, from.address, () => undefined);
    });
  });
  try {
    const tcp = await bindTcp(ip, port, (socket) => {
      sockets.add(socket);
      socket.once('close', () => sockets.delete(socket));
      converse(socket, limited);
    });
    return () => {
      udp.close();
      tcp.close();
      for (const socket of sockets) socket.destroy();
    };
  } catch (err) {
    udp.close();
    throw err;
  }
}

/** One asker must not keep the others from being answered. */
function withLimits(answer: Answer): Answer {
  const underWay = new Map<string, number>();
  let all = 0;
  return async (message, from, protocol) => {
    const own = underWay.get(from) ?? 0;
    if (all >= MAX_UNDER_WAY || own >= MAX_OF_ONE) return null;
    all++;
    underWay.set(from, own + 1);
    try {
      return await answer(message, from, protocol);
    } finally {
      all--;
      const left = (underWay.get(from) ?? 1) - 1;
      if (left > 0) underWay.set(from, left);
      else underWay.delete(from);
    }
  };
}

function bindUdp(address: string, port: number): Promise<UdpSocket> {
  return new Promise((resolve, reject) => {
    const socket = createSocket('udp4');
    socket.once('error', reject);
    socket.bind({ address, port, exclusive: true }, () => {
      socket.off('error', reject).on('error', () => undefined);
      resolve(socket);
    });
  });
}

function bindTcp(host: string, port: number, onSocket: (socket: Socket) => void): Promise<Server> {
  return new Promise((resolve, reject) => {
    const server = createServer({ noDelay: true }, onSocket);
    server.maxConnections = MAX_CONNECTIONS;
    server.once('error', reject);
    server.listen({ host, port, exclusive: true }, () => {
      server.off('error', reject).on('error', () => undefined);
      resolve(server);
    });
  });
}

/** One question after the other: a client that does not read its answers is not read any more. */
function converse(socket: Socket, answer: Answer): void {
  const unframer = new Unframer();
  const from = socket.remoteAddress ?? '';
  socket.setTimeout(IDLE_MS, () => socket.destroy());
  socket.on('error', () => socket.destroy());
  let turn: Promise<void> = Promise.resolve();
  socket.on('data', (piece: Buffer) => {
    const messages = unframer.take(piece);
    if (messages.length === 0) return;
    socket.pause();
    turn = turn.then(async () => {
      for (const message of messages) {
        const reply = await answer(message, from, 'tcp');
        if (reply && !socket.destroyed) socket.write(framed(reply));
      }
      if (socket.writableNeedDrain) socket.once('drain', () => socket.resume());
      else socket.resume();
    });
  });
}
