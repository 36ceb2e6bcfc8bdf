// An IPv6 network of a fabric: its record, where its addresses lie, and how NAPI shows it. One network is one family, as in Triton.
import { formatIp, type IpBlock, parseBlock, parseIp } from '#lib/wire/ip.ts';
import type { Network } from '#lib/wire/types.ts';
import { type NetworkSettings, resolved } from './network.ts';
import type { FabricRecord, NetworkRow } from './store.ts';

/** Where addresses lie. The first of the block is nobody's: it means every router (RFC 4291). */
export interface Ipv6Layout {
  block: IpBlock;
  gateway: bigint | null;
  start: bigint;
  end: bigint;
}

export interface Ipv6Network {
  row: NetworkRow & { fabric: FabricRecord };
  layout: Ipv6Layout;
  /** The network as NAPI shows it, with the resolvers of this moment. */
  view(): Network;
}

export function isIpv6Row(row: NetworkRow): row is Ipv6Network['row'] {
  return row.fabric !== null && row.subnet.includes(':');
}

/** The record was checked when it was made. */
export function openIpv6Network(row: Ipv6Network['row'], settings: NetworkSettings): Ipv6Network {
  const { gateway, provision_start_ip, provision_end_ip } = row.fabric;
  const block = parseBlock(row.subnet)!;
  const start = parseIp(provision_start_ip)?.value ?? block.first + 1n;
  const end = parseIp(provision_end_ip)?.value ?? block.last;
  const layout = { block, gateway: parseIp(gateway ?? '')?.value ?? null, start, end };
  const text = (value: bigint): string => formatIp({ family: 6, value });
  // IPv6 has no netmask.
  const fixed = {
    family: 'ipv6',
    mtu: row.fabric.mtu,
    name: row.name,
    provision_end_ip: text(end),
    provision_start_ip: text(start),
    subnet: row.subnet,
    uuid: row.uuid,
    ...(layout.gateway === null ? {} : { gateway: text(layout.gateway) }),
  };
  return { row, layout, view: () => ({ ...fixed, ...resolved(row, settings) }) as Network };
}
