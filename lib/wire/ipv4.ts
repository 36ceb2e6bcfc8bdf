// IPv4 addresses as numbers.
import { isIPv4 } from 'node:net';

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
