// The two families of addresses, as nftables calls them, and which of them this kernel has.
import { existsSync } from 'node:fs';
import { isIP } from 'node:net';

export type NftFamily = 'ip' | 'ip6';

export const BOTH_FAMILIES: readonly NftFamily[] = ['ip', 'ip6'];

/** IPv6 may be missing, or switched off at boot. */
export function kernelFamilies(): readonly NftFamily[] {
  return existsSync('/proc/net/if_inet6') ? BOTH_FAMILIES : ['ip'];
}

/** Of an address or a CIDR; null for what is neither. Pure. */
export function familyOf(text: string): NftFamily | null {
  const version = isIP(text.split('/')[0] ?? '');
  if (version === 0) return null;
  return version === 4 ? 'ip' : 'ip6';
}

/** nft's type of an address. Pure. */
export function addressType(family: NftFamily): string {
  return family === 'ip' ? 'ipv4_addr' : 'ipv6_addr';
}

/** Text for nft: the tables of this name are gone; fine when there are none. Pure. */
export function removeTables(table: string, families: readonly NftFamily[]): string {
  return families.map((family) => `table ${family} ${table}\ndelete table ${family} ${table}\n`).join('');
}
