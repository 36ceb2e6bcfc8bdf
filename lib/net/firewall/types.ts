// What lib/net offers for filtering: lines by which a container's packets are let through, in words of its caller.
import type Logger from 'bunyan';

/** The other end of a connection. `group`: whoever is in it at that moment. */
export type Peer = { kind: 'any' } | { kind: 'address'; cidr: string } | { kind: 'group'; key: string };

export type Match =
  | { protocol: 'tcp' | 'udp' /** null = every port */; ports: { first: number; last: number }[] | null }
  | {
      protocol: 'icmp' | 'icmp6' /** null = every type; code null = every code */;
      types: { type: number; code: number | null }[] | null;
    }
  | { protocol: 'ah' | 'esp' };

export interface FilterLine {
  peer: Peer;
  match: Match;
  allow: boolean;
}

/** How one VM is filtered; the first line that fits decides. */
export interface Guest {
  /** Of both families. */
  ips: string[];
  /** What may come in; nothing else does. null = everything. */
  inbound: FilterLine[] | null;
  /** What may not go out, with its exceptions; everything else does. */
  outbound: FilterLine[];
  /** The groups it is in. */
  groups: string[];
}

/** The filter of one machine's containers. */
export interface PacketFilter {
  /** New, or in another way than before. */
  set(vmUuid: string, guest: Guest): Promise<void>;
  /** Unknown uuids are fine. */
  remove(vmUuid: string): Promise<void>;
  /** Called once at start: in place of whatever an earlier process had, in one step. */
  recover(guests: ReadonlyMap<string, Guest>): Promise<void>;
  /** All of it again, in one step: the kernel has lost it. */
  restore(): Promise<void>;
  close(): Promise<void>;
}

export interface PacketFilterOptions {
  /** Names our table, as it names everything else of an instance. */
  bridge: string;
  log: Logger;
}
