// IPv4 addresses and subnets as numbers.
import { isIPv4 } from 'node:net';

/** A subnet's first and last address. */
export interface Ipv4Range {
  first: number;
  last: number;
  prefix: number;
}

/** '10.0.0.1' → 167772161; null when the text is no IPv4 address. */
export function ipToNumber(ip: string): number | null {
  return isIPv4(ip) ? ip.split('.').reduce((sum, part) => sum * 256 + Number(part), 0) : null;
}

/** 167772161 → '10.0.0.1'. */
export function numberToIp(number: number): string {
  return [24, 16, 8, 0].map((shift) => (number >>> shift) & 255).join('.');
}

/** 16 → '255.255.0.0'. */
export function netmaskOf(prefix: number): string {
  return numberToIp(2 ** 32 - 2 ** (32 - prefix));
}

/** The subnet that 'address/bits' lies in; null when the text is none. */
export function rangeOf(cidr: string): Ipv4Range | null {
  const [address = '', bits = '', ...more] = cidr.split('/');
  const ip = ipToNumber(address);
  if (ip === null || !/^\d{1,2}$/.test(bits) || Number(bits) > 32 || more.length > 0) return null;
  const size = 2 ** (32 - Number(bits));
  const first = Math.floor(ip / size) * size;
  return { first, last: first + size - 1, prefix: Number(bits) };
}

/** '10.0.0.0/8' of its range. */
export function cidrOf({ first, prefix }: Pick<Ipv4Range, 'first' | 'prefix'>): string {
  return `${numberToIp(first)}/${prefix}`;
}

/** Whether two CIDRs have an address in common. */
export function overlaps(a: string, b: string): boolean {
  const [left, right] = [rangeOf(a), rangeOf(b)];
  return left !== null && right !== null && left.first <= right.last && right.first <= left.last;
}
