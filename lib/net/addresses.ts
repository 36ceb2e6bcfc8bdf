// IPv4 arithmetic on the texts that NAPI sends.
import { isIPv4 } from 'node:net';

export interface Subnet {
  /** First address. */
  network: string;
  prefix: number;
}

/** '172.29.0.0/16' → its parts. Throws a RangeError for anything else. */
export function parseSubnet(cidr: string): Subnet {
  const [network = '', bits = ''] = cidr.split('/');
  const prefix = Number(bits);
  if (!isIPv4(network) || !/^\d{1,2}$/.test(bits) || prefix > 30)
    throw new RangeError(`not an IPv4 subnet: '${cidr}'`);
  return { network, prefix };
}

/** '255.255.0.0' → 16. Throws a RangeError when the ones are not in front. */
export function prefixOf(netmask: string): number {
  if (!isIPv4(netmask)) throw new RangeError(`not a netmask: '${netmask}'`);
  const mask = toNumber(netmask);
  const prefix = 32 - Math.log2(2 ** 32 - mask);
  if (!Number.isInteger(prefix)) throw new RangeError(`not a netmask: '${netmask}'`);
  return prefix;
}

/** '172.29.3.4', '255.255.0.0' → '172.29.0.0/16'. Throws a RangeError for a netmask that is none. */
export function subnetOf(ip: string, netmask: string): string {
  const prefix = prefixOf(netmask);
  const size = 2 ** (32 - prefix);
  const first = Math.floor(toNumber(ip) / size) * size;
  const parts = [24, 16, 8, 0].map((shift) => Math.floor(first / 2 ** shift) % 256);
  return `${parts.join('.')}/${prefix}`;
}

/** A locally administered MAC made from an address, so that the gateway keeps its own over a restart. */
export function macOf(ip: string): string {
  return `02:42:${ip
    .split('.')
    .map((part) => Number(part).toString(16).padStart(2, '0'))
    .join(':')}`;
}

function toNumber(ip: string): number {
  return ip.split('.').reduce((sum, part) => sum * 256 + Number(part), 0);
}
