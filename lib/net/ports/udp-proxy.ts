// Binds a UDP port of the machine: nobody else can take it, and what the kernel does not forward ([::1], IPv6 to a container without) is passed on by hand.
import { createSocket, type RemoteInfo, type Socket } from 'node:dgram';
import { isIPv6 } from 'node:net';
import type { ListenAt, Listener } from './listener.ts';
import { targetFor } from './types.ts';

/** As long as a conversation is remembered without a word; dockerd's. ms */
const IDLE_MS = 90_000;
/** Conversations at a time; the oldest goes first. */
const MAX_PEERS = 4096;

interface Peer {
  out: Socket;
  timer: NodeJS.Timeout;
}

/** Throws the errno error of the bind. */
export async function listenUdp({ binding, target }: ListenAt): Promise<Listener> {
  const six = isIPv6(binding.hostIp);
  const inner = targetFor(binding.hostIp, target);
  const socket = createSocket({ type: six ? 'udp6' : 'udp4', ipv6Only: six });
  await new Promise<void>((resolve, reject) => {
    socket.once('error', reject);
    socket.bind({ address: binding.hostIp, port: binding.hostPort, exclusive: true }, () => {
      socket.off('error', reject);
      resolve();
    });
  });
  socket.on('error', () => undefined);
  const peers = new Map<string, Peer>();
  const forget = (key: string): void => {
    const peer = peers.get(key);
    if (!peer) return;
    peers.delete(key);
    clearTimeout(peer.timer);
    peer.out.close();
  };
  socket.on('message', (message, from) => {
    const key = `${from.address} ${from.port}`;
    const peer = peers.get(key) ?? meet(key, from);
    peer.timer.refresh();
    peer.out.send(message, binding.port, inner);
  });
  function meet(key: string, from: RemoteInfo): Peer {
    for (const oldest of peers.keys()) {
      if (peers.size < MAX_PEERS) break;
      forget(oldest);
    }
    const out = createSocket(isIPv6(inner) ? 'udp6' : 'udp4');
    out.on('error', () => undefined);
    out.on('message', (answer) => {
      peer.timer.refresh();
      socket.send(answer, from.port, from.address);
    });
    const peer = { out, timer: setTimeout(() => forget(key), IDLE_MS).unref() };
    peers.set(key, peer);
    return peer;
  }
  return {
    close: () => {
      for (const key of [...peers.keys()]) forget(key);
      socket.close();
    },
  };
}
