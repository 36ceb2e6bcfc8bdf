// All networks of this machine: the one of the settings, which follows them and keeps its uuid for ever, and the owners' fabrics.
import { randomUUID } from 'node:crypto';
import { layOut } from './ipv4.ts';
import { type Ipv6Network, isIpv6Row, openIpv6Network } from './ipv6-network.ts';
import { type NetworkSettings, type OpenNetwork, openNetwork } from './network.ts';
import type { FabricRecord, NapiStore, NetworkRow } from './store.ts';

/** What a new fabric network is made of. */
export interface NewFabricNetwork {
  uuid: string;
  name: string;
  subnet: string;
  fabric: FabricRecord;
}

export class Networks {
  /** The one that is everybody's. */
  readonly standard: OpenNetwork;
  readonly #store: NapiStore;
  readonly #settings: NetworkSettings;
  readonly #all = new Map<string, OpenNetwork>();
  readonly #ipv6 = new Map<string, Ipv6Network>();

  /**
   * Throws a RangeError for a subnet that is none, and an Error when the subnet of the settings changed while VMs still hold
   * addresses of the old one: theirs would be on no network any more.
   */
  constructor(store: NapiStore, settings: NetworkSettings) {
    this.#store = store;
    this.#settings = settings;
    const rows = store.networks();
    const row = followSettings(rows.find(({ fabric }) => fabric === null) ?? null, store, settings);
    store.putNetwork(row);
    this.standard = openNetwork(row, settings);
    this.#all.set(row.uuid, this.standard);
    for (const other of rows) if (other.fabric !== null) this.#open(other);
  }

  get(uuid: string): OpenNetwork | null {
    return this.#all.get(uuid) ?? null;
  }

  all(): OpenNetwork[] {
    return [...this.#all.values()];
  }

  getIpv6(uuid: string): Ipv6Network | null {
    return this.#ipv6.get(uuid) ?? null;
  }

  /** IPv4 networks first. */
  ofBothFamilies(): (OpenNetwork | Ipv6Network)[] {
    return [...this.#all.values(), ...this.#ipv6.values()];
  }

  /** The IPv6 network that a nic on `row`'s may have its second address of: the first on the same VLAN. */
  ipv6Beside({ fabric }: NetworkRow): Ipv6Network | null {
    if (fabric === null) return null;
    const isBeside = ({ row }: Ipv6Network): boolean =>
      row.fabric.owner_uuid === fabric.owner_uuid && row.fabric.vlan_id === fabric.vlan_id;
    return [...this.#ipv6.values()].find(isBeside) ?? null;
  }

  /** Those of an owner's VLAN, or of all VLANs. */
  fabrics(owner: string, vlanId: number | null = null): (OpenNetwork | Ipv6Network)[] {
    return this.ofBothFamilies().filter(
      ({ row: { fabric } }) => fabric?.owner_uuid === owner && (vlanId === null || fabric.vlan_id === vlanId),
    );
  }

  /** The caller has looked for another of the name, the subnet or the uuid. */
  add({ uuid, name, subnet, fabric }: NewFabricNetwork): OpenNetwork | Ipv6Network {
    const taken = new Set(this.ofBothFamilies().map(({ row }) => row.number));
    let number = 1;
    while (taken.has(number)) number++;
    const row: NetworkRow = { uuid, nic_tag_uuid: '', name, subnet, next_ip: 0, number, fabric };
    this.#store.putNetwork(row);
    return this.#open(row);
  }

  /** Nobody has a nic on it any more. */
  remove(uuid: string): void {
    this.#store.removeNetwork(uuid);
    this.#all.delete(uuid);
    this.#ipv6.delete(uuid);
  }

  #open(row: NetworkRow): OpenNetwork | Ipv6Network {
    if (isIpv6Row(row)) {
      const six = openIpv6Network(row, this.#settings);
      this.#ipv6.set(row.uuid, six);
      return six;
    }
    const network = openNetwork(row, this.#settings);
    this.#all.set(row.uuid, network);
    return network;
  }
}

function followSettings(before: NetworkRow | null, store: NapiStore, settings: NetworkSettings): NetworkRow {
  const { name, subnet } = settings;
  const layout = layOut(subnet);
  if (before !== null && before.subnet !== subnet) {
    const held = store.nics().filter((nic) => nic.network_uuid === before.uuid).length;
    if (held > 0) {
      throw new Error(
        `the network ${name} cannot change from ${before.subnet} to ${subnet} while ${held} nics are on it: remove the VMs first`,
      );
    }
  }
  return {
    uuid: before?.uuid ?? randomUUID(),
    nic_tag_uuid: before?.nic_tag_uuid ?? randomUUID(),
    name,
    subnet,
    next_ip: before?.subnet === subnet ? before.next_ip : layout.start,
    number: 0,
    fabric: null,
  };
}
