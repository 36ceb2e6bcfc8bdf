// What a nic has of IPv6: its second address stands in `ips`, the way out in `gateways`, as on a nic of SmartOS.
import { isIPv6 } from 'node:net';
import type { VmNic } from './types.ts';

export interface NicIpv6 {
  ip: string;
  prefix: number;
  /** null where nothing leads out. */
  gateway: string | null;
}

/** null for a nic that speaks IPv4 only. Words in place of addresses ('dhcp', 'addrconf') are none. Pure. */
export function ipv6Of({ ips, gateways }: Pick<VmNic, 'ips' | 'gateways'>): NicIpv6 | null {
  const own = (ips ?? []).find((one) => isIPv6(one.split('/')[0] ?? ''));
  if (own === undefined) return null;
  const [ip = '', bits = '128'] = own.split('/');
  return { ip, prefix: Number(bits), gateway: (gateways ?? []).find((one) => isIPv6(one)) ?? null };
}

/** Every address of a nic, IPv4 first. Pure. */
export function addressesOf(nic: VmNic): string[] {
  const six = ipv6Of(nic);
  return six === null ? [nic.ip] : [nic.ip, six.ip];
}
