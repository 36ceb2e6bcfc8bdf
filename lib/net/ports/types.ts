// What lib/net offers for published ports: the words of its callers, without Linux ones.
import type Logger from 'bunyan';

export type PortProtocol = 'tcp' | 'udp' | 'sctp';

/** A port of a container that shall be reachable at an address of the machine. */
export interface PortWish {
  protocol: PortProtocol;
  /** The container's. */
  port: number;
  /** Address of the machine; '' = all of them, IPv4 and IPv6. */
  hostIp: string;
  /** The first free one of a range; null = whichever is free. */
  hostPorts: { first: number; last: number } | null;
}

/** A wish come true. */
export interface PortBinding {
  protocol: PortProtocol;
  port: number;
  /** '0.0.0.0' and '::' stand for all addresses. */
  hostIp: string;
  hostPort: number;
}

/** Where a container is reached. */
export interface PortTarget {
  ip: string;
  /** '172.29.0.0/16': neighbours in it must be answered by way of the machine. */
  subnet: string;
  /** Where it speaks IPv6 too: what comes to an IPv6 address of the machine goes there, else to the other. */
  ipv6?: { ip: string; subnet: string };
}

/** The address that a connection to an address of the machine is led to. */
export function targetFor(hostIp: string, { ip, ipv6 }: PortTarget): string {
  return hostIp.includes(':') && ipv6 ? ipv6.ip : ip;
}

/** The forwarding of ports of one machine. */
export interface PortForwards {
  /** All wishes of a VM or none. Throws PortTakenError. */
  publish(vmUuid: string, target: PortTarget, wishes: PortWish[]): Promise<PortBinding[]>;
  /** Unknown uuids are fine. The ports are free for others when this has been called, not only when it resolves. */
  withdraw(vmUuid: string): Promise<void>;
  /** Called once at start with what shall be published: anything else of an earlier process is gone then. Never throws for a port that is lost. */
  recover(held: { vmUuid: string; target: PortTarget; bindings: PortBinding[] }[]): Promise<void>;
  /** What is forwarded, all of it again, in one step: the kernel has lost it. */
  restore(): Promise<void>;
  /** Stops listening; what is forwarded goes on. */
  close(): Promise<void>;
}

export interface PortForwardsOptions {
  /** Names our tables, as it names everything else of an instance. */
  bridge: string;
  log: Logger;
}

/** `allocated`: another container has it; `in use`: a program of this machine. */
export class PortTakenError extends Error {
  readonly reason: 'allocated' | 'in use';
  readonly wanted: PortBinding;
  /** errno of the bind, e.g. 'EADDRINUSE'. */
  readonly code: string;

  constructor(reason: 'allocated' | 'in use', wanted: PortBinding, code = 'EADDRINUSE') {
    super(`${wanted.hostIp} ${wanted.hostPort}/${wanted.protocol}: ${reason} (${code})`);
    this.reason = reason;
    this.wanted = wanted;
    this.code = code;
  }
}
