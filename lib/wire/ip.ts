// Addresses and blocks of either family, as numbers; lib/wire/ipv4.ts is for code that only ever meets IPv4.
import { isIPv4, isIPv6 } from 'node:net';

export type Family = 4 | 6;

export interface Ip {
  family: Family;
  value: bigint;
}

/** All addresses that begin with the same `prefix` bits. */
export interface IpBlock {
  family: Family;
  first: bigint;
  last: bigint;
  prefix: number;
}

/** null for what is no address, or names a zone ('fe80::1%eth0'). */
export function parseIp(text: string): Ip | null {
  if (isIPv4(text)) return { family: 4, value: fromDotted(text) };
  return isIPv6(text) && !text.includes('%') ? { family: 6, value: fromColons(text) } : null;
}

/** '10.0.0.1', or the shortest text of an IPv6 address (RFC 5952). */
export function formatIp({ family, value }: Ip): string {
  if (family === 4) return [24n, 16n, 8n, 0n].map((shift) => (value >> shift) & 255n).join('.');
  const groups = Array.from({ length: 8 }, (_unused, at) => (value >> BigInt(112 - 16 * at)) & 0xffffn);
  const texts = groups.map((group) => group.toString(16));
  const { at, length } = longestZeros(groups);
  if (length < 2) return texts.join(':');
  return `${texts.slice(0, at).join(':')}::${texts.slice(at + length).join(':')}`;
}

/** The one text of an address; null for what is none. */
export function canonicalIp(text: string): string | null {
  const ip = parseIp(text);
  return ip && formatIp(ip);
}

/** The block that 'address/bits' lies in; null when the text is none. */
export function parseBlock(cidr: string): IpBlock | null {
  const [address = '', bits = '', ...more] = cidr.split('/');
  const ip = parseIp(address);
  if (ip === null || !/^\d{1,3}$/.test(bits) || more.length > 0) return null;
  const width = ip.family === 4 ? 32 : 128;
  const prefix = Number(bits);
  if (prefix > width) return null;
  const size = 1n << BigInt(width - prefix);
  const first = ip.value - (ip.value % size);
  return { family: ip.family, first, last: first + size - 1n, prefix };
}

/** 'fd00::/64' of its block. */
export function formatBlock({ family, first, prefix }: IpBlock): string {
  return `${formatIp({ family, value: first })}/${prefix}`;
}

export function contains(block: IpBlock, ip: Ip): boolean {
  return ip.family === block.family && ip.value >= block.first && ip.value <= block.last;
}

/** Whether two CIDRs have an address in common. */
export function cidrsOverlap(a: string, b: string): boolean {
  const [left, right] = [parseBlock(a), parseBlock(b)];
  if (left === null || right === null || left.family !== right.family) return false;
  return left.first <= right.last && right.first <= left.last;
}

function fromDotted(text: string): bigint {
  return text.split('.').reduce((sum, part) => sum * 256n + BigInt(part), 0n);
}

function fromColons(text: string): bigint {
  // The last four bytes may stand in dots.
  const dotted = /^(.*:)(\d+\.\d+\.\d+\.\d+)$/.exec(text);
  if (dotted) {
    const tail = fromDotted(dotted[2]!);
    return fromColons(`${dotted[1]}${(tail >> 16n).toString(16)}:${(tail & 0xffffn).toString(16)}`);
  }
  const [head = '', rest] = text.split('::');
  const front = head === '' ? [] : head.split(':');
  const back = rest ? rest.split(':') : [];
  const zeros = rest === undefined ? [] : new Array<string>(8 - front.length - back.length).fill('0');
  return [...front, ...zeros, ...back].reduce((sum, group) => (sum << 16n) + BigInt(`0x${group}`), 0n);
}

function longestZeros(groups: bigint[]): { at: number; length: number } {
  let best = { at: 0, length: 0 };
  let start = 0;
  for (const [at, group] of groups.entries()) {
    if (group !== 0n) start = at + 1;
    else if (at + 1 - start > best.length) best = { at: start, length: at + 1 - start };
  }
  return best;
}
