// IPv4 as numbers, and how a subnet of the settings is laid out.
import { isIPv4 } from 'node:net';
import { parseSubnet } from '#lib/net/addresses.ts';

/** '10.0.0.1' → 167772161; null when the text is no IPv4 address. */
export function ipToNumber(ip: string): number | null {
  return isIPv4(ip) ? ip.split('.').reduce((sum, part) => sum * 256 + Number(part), 0) : null;
}

/** 167772161 → '10.0.0.1'. */
export function numberToIp(number: number): string {
  return [24, 16, 8, 0].map((shift) => (number >>> shift) & 255).join('.');
}

/**
 * The parts of a subnet:
 *
 *   network | gateway | start … end | broadcast
 */
export interface SubnetLayout {
  prefix: number;
  network: number;
  gateway: number;
  /** First and last address that is given out unasked. */
  start: number;
  end: number;
  broadcast: number;
}

/** Throws a RangeError when the text is no subnet, or its address has host bits. */
export function layOut(cidr: string): SubnetLayout {
  const { network: first, prefix } = parseSubnet(cidr);
  const network = ipToNumber(first) ?? Number.NaN;
  const size = 2 ** (32 - prefix);
  if (network % size !== 0) throw new RangeError(`'${cidr}' is not the first address of its subnet`);
  const broadcast = network + size - 1;
  return { prefix, network, gateway: network + 1, start: network + 2, end: broadcast - 1, broadcast };
}

/** 16 → '255.255.0.0'. */
export function netmaskOf(prefix: number): string {
  return numberToIp(2 ** 32 - 2 ** (32 - prefix));
}
