// The nftables rules of the firewall, as text: a map from address to chain; a chain for each way of filtering, shared by all who have it.
import { createHash } from 'node:crypto';
import { parseBlock, parseIp } from '#lib/wire/ip.ts';
import { addressType, familyOf, type NftFamily } from '../families.ts';
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
 * ports are let through here: Triton's rules know no SCTP. The same for both families, each in a table of its own; IPv6 neighbours must
 * find each other before anything can be filtered, and no container may say that it is a router.
 */
export function firewallRuleset(bridge: string, family: NftFamily): string[] {
  const table = `${family} ${firewallTable(bridge)}`;
  const type = addressType(family);
  const neighbours = [
    `add rule ${table} pass icmpv6 type { nd-neighbor-solicit, nd-neighbor-advert } accept`,
    `add rule ${table} pass icmpv6 type { nd-router-advert, nd-redirect } drop`,
  ];
  return [
    `table ${table}`,
    `delete table ${table}`,
    `add table ${table}`,
    `add map ${table} in { type ${type} : verdict; }`,
    `add map ${table} out { type ${type} : verdict; }`,
    `add chain ${table} allowed`,
    `add rule ${table} allowed meta mark set meta mark or ${ALLOWED_MARK} accept`,
    `add chain ${table} pass { type filter hook forward priority -10; policy accept; }`,
    ...(family === 'ip6' ? neighbours : []),
    `add rule ${table} pass ct state established,related accept`,
    `add rule ${table} pass meta l4proto sctp ct status dnat goto allowed`,
    `add rule ${table} pass ${family} saddr vmap @out`,
    `add rule ${table} pass ${family} daddr vmap @in`,
  ];
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

/** Pure; lines of the other family are left out. Throws RangeError for an address or a number that is none. */
export function chainOf(direction: Direction, lines: FilterLine[], family: NftFamily): Chain {
  const verdict =
    direction === 'in' ? { allow: 'goto allowed', block: 'drop' } : { allow: 'return', block: 'drop' };
  const own = lines.filter((line) => concerns(line, family));
  const rules = own.map(({ peer, match, allow }) =>
    [peerText(direction, peer, family), matchText(match), allow ? verdict.allow : verdict.block]
      .filter(Boolean)
      .join(' '),
  );
  if (direction === 'in') rules.push('drop');
  const groups = own.flatMap(({ peer }) => (peer.kind === 'group' ? [peer.key] : []));
  return { name: `${direction}-${short(rules.join('\n'))}`, rules, groups: [...new Set(groups)] };
}

/** Name of a group's set. */
export function groupSet(key: string): string {
  return `g-${short(key)}`;
}

function short(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 16);
}

function concerns({ peer, match }: FilterLine, family: NftFamily): boolean {
  if (peer.kind === 'address' && familyOf(checkedCidr(peer.cidr)) !== family) return false;
  return match.protocol !== (family === 'ip' ? 'icmp6' : 'icmp');
}

function peerText(direction: Direction, peer: Peer, family: NftFamily): string {
  const side = direction === 'in' ? `${family} saddr` : `${family} daddr`;
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
    case 'icmp6': {
      const name = match.protocol === 'icmp' ? 'icmp' : 'icmpv6';
      // nft knows the protocol of ICMPv6 by another name there.
      if (match.types === null) return `meta l4proto ${name === 'icmp' ? 'icmp' : 'ipv6-icmp'}`;
      return `${name} type . ${name} code { ${match.types.map(typeText).join(', ')} }`;
    }
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
  if (parseIp(cidr) === null && parseBlock(cidr) === null)
    throw new RangeError(`not an address or subnet: '${cidr}'`);
  return cidr;
}
