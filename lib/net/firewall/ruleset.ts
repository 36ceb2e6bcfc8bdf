// The nftables rules of the firewall, as text: a map from address to chain; a chain for each way of filtering, shared by all who have it.
import { createHash } from 'node:crypto';
import { isIPv4 } from 'node:net';
import type { FilterLine, Match, Peer } from './types.ts';

/** Set on what a rule lets in; the table of the bridges lets it pass from outside (lib/net/ruleset.ts). */
export const ALLOWED_MARK = 0x10000000;

/** Name of the table of an instance. */
export function firewallTable(bridge: string): string {
  return `${bridge}-fw`;
}

/**
 * The empty table, in place of whatever was there. What belongs to a connection that was let through passes at once; a new one is
 * looked up by where it comes from, then by where it goes: one look-up each, however many containers there are. Published SCTP
 * ports are let through here: Triton's rules know no SCTP.
 */
export function firewallRuleset(bridge: string): string[] {
  const table = firewallTable(bridge);
  return [
    `table ip ${table}`,
    `delete table ip ${table}`,
    `add table ip ${table}`,
    `add map ip ${table} in { type ipv4_addr : verdict; }`,
    `add map ip ${table} out { type ipv4_addr : verdict; }`,
    `add chain ip ${table} allowed`,
    `add rule ip ${table} allowed meta mark set meta mark or ${ALLOWED_MARK} accept`,
    `add chain ip ${table} pass { type filter hook forward priority -10; policy accept; }`,
    `add rule ip ${table} pass ct state established,related accept`,
    `add rule ip ${table} pass meta l4proto sctp ct status dnat goto allowed`,
    `add rule ip ${table} pass ip saddr vmap @out`,
    `add rule ip ${table} pass ip daddr vmap @in`,
  ];
}

/** Takes the table away; fine when there is none. */
export function removeFirewallRuleset(bridge: string): string {
  const table = firewallTable(bridge);
  return `table ip ${table}\ndelete table ip ${table}\n`;
}

export type Direction = 'in' | 'out';

/** A chain by its content: the same lines are the same chain. */
export interface Chain {
  name: string;
  /** Statements, in order. */
  rules: string[];
  /** Keys of the groups that it asks. */
  groups: string[];
}

/** Pure. Throws RangeError for an address or a number that is none. */
export function chainOf(direction: Direction, lines: FilterLine[]): Chain {
  const verdict =
    direction === 'in' ? { allow: 'goto allowed', block: 'drop' } : { allow: 'return', block: 'drop' };
  const rules = lines.map(({ peer, match, allow }) =>
    [peerText(direction, peer), matchText(match), allow ? verdict.allow : verdict.block]
      .filter(Boolean)
      .join(' '),
  );
  if (direction === 'in') rules.push('drop');
  const groups = lines.flatMap(({ peer }) => (peer.kind === 'group' ? [peer.key] : []));
  return { name: `${direction}-${short(rules.join('\n'))}`, rules, groups: [...new Set(groups)] };
}

/** Name of a group's set. */
export function groupSet(key: string): string {
  return `g-${short(key)}`;
}

function short(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 16);
}

function peerText(direction: Direction, peer: Peer): string {
  const side = direction === 'in' ? 'ip saddr' : 'ip daddr';
  switch (peer.kind) {
    case 'any':
      return '';
    case 'address':
      return `${side} ${checkedCidr(peer.cidr)}`;
    case 'group':
      return `${side} @${groupSet(peer.key)}`;
  }
}

function matchText(match: Match): string {
  switch (match.protocol) {
    case 'tcp':
    case 'udp':
      if (match.ports === null) return `meta l4proto ${match.protocol}`;
      return `${match.protocol} dport { ${match.ports.map(portText).join(', ')} }`;
    case 'icmp':
      if (match.types === null) return 'meta l4proto icmp';
      return `icmp type . icmp code { ${match.types.map(typeText).join(', ')} }`;
    case 'ah':
    case 'esp':
      return `meta l4proto ${match.protocol}`;
  }
}

function portText({ first, last }: { first: number; last: number }): string {
  return first === last ? String(within(first, 65_535)) : `${within(first, 65_535)}-${within(last, 65_535)}`;
}

function typeText({ type, code }: { type: number; code: number | null }): string {
  return `${within(type, 255)} . ${code === null ? '0-255' : within(code, 255)}`;
}

function within(value: number, most: number): number {
  if (!Number.isInteger(value) || value < 0 || value > most)
    throw new RangeError(`not a number up to ${most}: ${value}`);
  return value;
}

export function checkedCidr(cidr: string): string {
  const [ip = '', bits, ...more] = cidr.split('/');
  const sound = bits === undefined || (/^\d{1,2}$/.test(bits) && Number(bits) <= 32);
  if (!isIPv4(ip) || !sound || more.length > 0)
    throw new RangeError(`not an IPv4 address or subnet: '${cidr}'`);
  return cidr;
}
