// All networks of this machine: the one of the settings, which follows them and keeps its uuid for ever, and the owners' fabrics.
import { randomUUID } from 'node:crypto';
import { layOut } from './ipv4.ts';
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
    for (const other of rows) {
      if (other.fabric !== null) this.#all.set(other.uuid, openNetwork(other, settings));
    }
  }

  get(uuid: string): OpenNetwork | null {
    return this.#all.get(uuid) ?? null;
  }

  all(): OpenNetwork[] {
    return [...this.#all.values()];
  }

  /** Those of an owner's VLAN, or of all VLANs. */
  fabrics(owner: string, vlanId: number | null = null): OpenNetwork[] {
    return this.all().filter(
      ({ row: { fabric } }) => fabric?.owner_uuid === owner && (vlanId === null || fabric.vlan_id === vlanId),
    );
  }

  /** The caller has looked for another of the name, the subnet or the uuid. */
  add({ uuid, name, subnet, fabric }: NewFabricNetwork): OpenNetwork {
    const taken = new Set(this.all().map(({ row }) => row.number));
    let number = 1;
    while (taken.has(number)) number++;
    const row: NetworkRow = { uuid, nic_tag_uuid: '', name, subnet, next_ip: 0, number, fabric };
    this.#store.putNetwork(row);
    const network = openNetwork(row, this.#settings);
    this.#all.set(uuid, network);
    return network;
  }

  /** Nobody has a nic on it any more. */
  remove(uuid: string): void {
    this.#store.removeNetwork(uuid);
    this.#all.delete(uuid);
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
