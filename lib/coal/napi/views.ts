// Nics and addresses as NAPI shows them, from their records.
import { crc32 } from 'node:zlib';
import type { Network, Nic, VmNic } from '#lib/wire/types.ts';
import { numberToIp } from './ipv4.ts';
import type { OpenNetwork } from './network.ts';
import type { NicRow } from './store.ts';

/** NAPI's record of one address. */
export interface IpView {
  ip: string;
  network_uuid: string;
  reserved: boolean;
  free: boolean;
  belongs_to_type?: string;
  belongs_to_uuid?: string;
  owner_uuid?: string;
}

/** A nic of GET /nics. Nics do not change, so modified is created. */
export function nicOf(nic: NicRow, network: Network, serverUuid: string): Nic {
  const { gateway, mtu, netmask, nic_tag, resolvers, vlan_id } = network;
  return {
    belongs_to_type: nic.belongs_to_type,
    belongs_to_uuid: nic.belongs_to_uuid,
    mac: nic.mac,
    owner_uuid: nic.owner_uuid,
    primary: nic.is_primary === 1,
    state: nic.state,
    created_timestamp: nic.created,
    modified_timestamp: nic.created,
    ip: numberToIp(nic.ip),
    gateway,
    mtu,
    netmask,
    nic_tag,
    resolvers,
    vlan_id,
    network_uuid: nic.network_uuid,
    cn_uuid: serverUuid,
  };
}

/** A nic as it stands on a VM. */
export function vmNicOf(nic: NicRow, network: Network): VmNic {
  const { gateway, mtu, netmask, nic_tag, vlan_id, subnet } = network;
  const ip = numberToIp(nic.ip);
  return {
    mac: nic.mac,
    ip,
    ips: [`${ip}/${subnet.split('/')[1]}`],
    netmask,
    gateway,
    gateways: gateway === undefined ? [] : [gateway],
    interface: `eth${nic.slot}`,
    mtu,
    nic_tag,
    vlan_id,
    network_uuid: nic.network_uuid,
    primary: nic.is_primary === 1,
  };
}

/** One address: the gateway and the broadcast address are the admin's, the rest a nic's or free. */
export function ipOf(ip: number, nic: NicRow | null, network: OpenNetwork, adminUuid: string): IpView {
  const { layout, row } = network;
  const reserved = ip === layout.gateway || ip === layout.broadcast;
  const view = { ip: numberToIp(ip), network_uuid: row.uuid, reserved, free: !reserved && nic === null };
  if (reserved)
    return { ...view, belongs_to_type: 'other', belongs_to_uuid: adminUuid, owner_uuid: adminUuid };
  if (nic === null) return view;
  const { belongs_to_type, belongs_to_uuid, owner_uuid } = nic;
  return { ...view, belongs_to_type, belongs_to_uuid, owner_uuid };
}

/** NAPI's etag header: eight hex digits that change with the record. */
export function etagOf(body: object): string {
  return crc32(JSON.stringify(body)).toString(16).toUpperCase().padStart(8, '0');
}
