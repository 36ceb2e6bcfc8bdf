// One network: its record, its layout in numbers, and how NAPI shows it.
import { ipToNumber, netmaskOf, numberToIp } from '#lib/wire/ipv4.ts';
import type { Network } from '#lib/wire/types.ts';
import { layOut } from './ipv4.ts';
import { hostResolvers } from './resolvers.ts';
import type { FabricRecord, NetworkRow } from './store.ts';

/** The containers' network leads out of the machine by NAT, which is what Triton calls its external network. */
export const NIC_TAG = 'external';
/** Fabric networks are carried by it, each owner's under the owner's own number. */
export const OVERLAY_TAG = 'sdc_overlay';

export interface NetworkSettings {
  name: string;
  /** CIDR, /30 or larger. */
  subnet: string;
  mtu: number;
  /** [] = the machine's own. */
  resolvers: string[];
}

/** Where addresses lie: network | … start … end … | broadcast; the gateway may stand anywhere, or nowhere (null). */
export interface Layout {
  prefix: number;
  network: number;
  gateway: number | null;
  start: number;
  end: number;
  broadcast: number;
}

export interface OpenNetwork {
  row: NetworkRow;
  layout: Layout;
  /** The network as NAPI shows it, with the resolvers of this moment. */
  view(): Network;
}

/** `settings` are those of the network without owner. Throws a RangeError for a subnet that is none. */
export function openNetwork(row: NetworkRow, settings: NetworkSettings): OpenNetwork {
  const { fabric } = row;
  const plain = layOut(row.subnet);
  const layout: Layout =
    fabric === null
      ? plain
      : {
          ...plain,
          gateway: fabric.gateway === null ? null : ipToNumber(fabric.gateway),
          start: ipToNumber(fabric.provision_start_ip) ?? plain.start,
          end: ipToNumber(fabric.provision_end_ip) ?? plain.end,
        };
  return { row, layout, view: () => ({ ...basics(row, layout, settings), ...resolved(row, settings) }) };
}

function basics(
  row: NetworkRow,
  layout: Layout,
  settings: NetworkSettings,
): Omit<Network, 'nic_tag' | 'vlan_id' | 'resolvers'> {
  return {
    family: 'ipv4',
    mtu: row.fabric?.mtu ?? settings.mtu,
    name: row.name,
    provision_end_ip: numberToIp(layout.end),
    provision_start_ip: numberToIp(layout.start),
    subnet: row.subnet,
    uuid: row.uuid,
    ...(layout.gateway === null ? {} : { gateway: numberToIp(layout.gateway) }),
    netmask: netmaskOf(layout.prefix),
  };
}

/** What a network has beyond its addresses, with the resolvers of this moment. */
export function resolved({ fabric }: Pick<NetworkRow, 'fabric'>, settings: NetworkSettings) {
  const resolvers = fabric?.resolvers ?? settings.resolvers;
  const shown = resolvers.length > 0 ? resolvers : hostResolvers();
  if (fabric === null) return { nic_tag: NIC_TAG, vlan_id: 0, resolvers: shown };
  return { ...ofFabric(fabric), resolvers: shown };
}

function ofFabric({ vlan_id, vnet_id, internet_nat, owner_uuid, description, ...more }: FabricRecord) {
  return {
    nic_tag: OVERLAY_TAG,
    vlan_id,
    fabric: true,
    vnet_id,
    internet_nat,
    gateway_provisioned: false,
    owner_uuids: [owner_uuid],
    ...(more.peers === false ? { peers: false } : {}),
    ...(more.masquerade === false ? { masquerade: false } : {}),
    ...(description === null ? {} : { description }),
  };
}

/** As the routes of fabrics show it: with its one owner in place of the list (triton-wire §8). */
export function asFabricView(network: Network): object {
  const { owner_uuids, ...view } = network;
  return { ...view, owner_uuid: owner_uuids?.[0] };
}
