// The one network: its record follows the settings and keeps its uuid for ever.
import { randomUUID } from 'node:crypto';
import type { Network } from '#lib/wire/types.ts';
import { layOut, netmaskOf, numberToIp, type SubnetLayout } from './ipv4.ts';
import { hostResolvers } from './resolvers.ts';
import type { NapiStore, NetworkRow } from './store.ts';

/** The containers' network leads out of the machine by NAT, which is what Triton calls its external network. */
export const NIC_TAG = 'external';

export interface NetworkSettings {
  name: string;
  /** CIDR, /30 or larger. */
  subnet: string;
  mtu: number;
  /** [] = the machine's own. */
  resolvers: string[];
}

export interface OpenNetwork {
  row: NetworkRow;
  layout: SubnetLayout;
  /** The network as NAPI shows it, with the resolvers of this moment. */
  view(): Network;
}

/**
 * Brings the record up to the settings; the uuid is made once. Throws a RangeError for a subnet that is none, and an Error
 * when the subnet changed while VMs still hold addresses of the old one: theirs would be on no network any more.
 */
export function openNetwork(store: NapiStore, settings: NetworkSettings): OpenNetwork {
  const { name, subnet } = settings;
  const layout = layOut(subnet);
  const before = store.network();
  const held = store.nics().length;
  if (before !== null && before.subnet !== subnet && held > 0) {
    throw new Error(
      `the network ${name} cannot change from ${before.subnet} to ${subnet} while ${held} nics are on it: remove the VMs first`,
    );
  }
  const kept = before?.subnet === subnet ? before.next_ip : layout.start;
  const row: NetworkRow = {
    uuid: before?.uuid ?? randomUUID(),
    nic_tag_uuid: before?.nic_tag_uuid ?? randomUUID(),
    name,
    subnet,
    next_ip: kept,
  };
  store.putNetwork(row);
  return { row, layout, view: () => viewOf(row, layout, settings) };
}

function viewOf(row: NetworkRow, layout: SubnetLayout, settings: NetworkSettings): Network {
  return {
    family: 'ipv4',
    mtu: settings.mtu,
    nic_tag: NIC_TAG,
    name: row.name,
    provision_end_ip: numberToIp(layout.end),
    provision_start_ip: numberToIp(layout.start),
    subnet: row.subnet,
    uuid: row.uuid,
    vlan_id: 0,
    resolvers: settings.resolvers.length > 0 ? settings.resolvers : hostResolvers(),
    gateway: numberToIp(layout.gateway),
    netmask: netmaskOf(layout.prefix),
  };
}
