// The socket that stands for one published port.
import { listenTcp } from './tcp-proxy.ts';
import type { PortBinding, PortTarget } from './types.ts';
import { listenUdp } from './udp-proxy.ts';

export interface ListenAt {
  binding: PortBinding;
  target: PortTarget;
}

export interface Listener {
  close(): void;
}

/** Node has no SCTP sockets: such a port is kept from our own containers only. Throws the errno error of the bind. */
export async function listenFor(at: ListenAt): Promise<Listener> {
  switch (at.binding.protocol) {
    case 'tcp':
      return listenTcp(at);
    case 'udp':
      return listenUdp(at);
    case 'sctp':
      return { close: () => undefined };
  }
}
