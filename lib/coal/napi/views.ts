// Nics and addresses as NAPI shows them, from their records.

import { crc32 } from 'node:zlib';
import { numberToIp } from '#lib/wire/ipv4.ts';
import type { Network, Nic, VmNic } from '#lib/wire/types.ts';
import type { Addresses } from './addresses.ts';
import type { Ipv6Addresses } from './ipv6-addresses.ts';
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
  const { gateway, mtu, netmask, resolvers, vlan_id } = network;
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
    ...(network.fabric === true ? fabricFields(network) : {}),
    gateway,
    mtu,
    netmask,
    nic_tag: tagOf(network),
    resolvers,
    vlan_id,
    network_uuid: nic.network_uuid,
    cn_uuid: serverUuid,
  };
}

/** A nic as it stands on a VM. One on a network that nothing leads out of has no gateway: it would be a way to nowhere. */
export function vmNicOf(nic: NicRow, network: Network, ipv6: Network | null): VmNic {
  const { mtu, netmask, vlan_id, subnet } = network;
  const ip = numberToIp(nic.ip);
  const [gateway, gateway6] = [network, ipv6].map((each) =>
    each?.internet_nat === false ? undefined : each?.gateway,
  );
  return {
    mac: nic.mac,
    ip,
    ips: [`${ip}/${subnet.split('/')[1]}`, ...(ipv6 ? [`${nic.ip6}/${ipv6.subnet.split('/')[1]}`] : [])],
    netmask,
    ...(gateway === undefined ? {} : { gateway }),
    gateways: [gateway, gateway6].filter((each) => each !== undefined),
    interface: `eth${nic.slot}`,
    mtu,
    nic_tag: tagOf(network),
    vlan_id,
    network_uuid: nic.network_uuid,
    ...(nic.network6_uuid === null ? {} : { network6_uuid: nic.network6_uuid }),
    primary: nic.is_primary === 1,
  };
}

/** One IPv6 address. */
export function ipv6Of(ip: string, addresses: Ipv6Addresses, adminUuid: string): IpView {
  const isReserved = addresses.isOurs(ip) || addresses.reserved.has(ip);
  return viewOf(ip, { uuid: addresses.network.row.uuid, nic: addresses.byIp.get(ip), isReserved, adminUuid });
}

/** One address: the gateway, the broadcast address and the reserved ones are the admin's, the rest a nic's or free. */
export function ipOf(ip: number, addresses: Addresses, adminUuid: string): IpView {
  const isReserved = addresses.isOurs(ip) || addresses.reserved.has(ip);
  const of = { uuid: addresses.network.row.uuid, nic: addresses.byIp.get(ip), isReserved, adminUuid };
  return viewOf(numberToIp(ip), of);
}

interface AddressOf {
  /** The network's. */
  uuid: string;
  nic: NicRow | undefined;
  isReserved: boolean;
  adminUuid: string;
}

function viewOf(ip: string, { uuid, nic, isReserved: reserved, adminUuid }: AddressOf): IpView {
  const view = { ip, network_uuid: uuid, reserved, free: !reserved && nic === undefined };
  if (reserved)
    return { ...view, belongs_to_type: 'other', belongs_to_uuid: adminUuid, owner_uuid: adminUuid };
  if (nic === undefined) return view;
  const { belongs_to_type, belongs_to_uuid, owner_uuid } = nic;
  return { ...view, belongs_to_type, belongs_to_uuid, owner_uuid };
}

function fabricFields({ internet_nat, gateway_provisioned }: Network): object {
  return { fabric: true, internet_nat, gateway_provisioned };
}

/** A fabric's nics carry the number of the owner's vnet (triton-wire §8). */
function tagOf({ nic_tag, vnet_id }: Network): string {
  return vnet_id === undefined ? nic_tag : `${nic_tag}/${vnet_id}`;
}

/** NAPI's etag header: eight hex digits that change with the record. */
export function etagOf(body: object): string {
  return crc32(JSON.stringify(body)).toString(16).toUpperCase().padStart(8, '0');
}
