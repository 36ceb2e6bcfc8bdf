// Fabric VLANs, per owner: each owner has one number (vnet) for all of them, as in Triton.
import { randomInt } from 'node:crypto';
import { TritonError } from '#lib/wire/errors.ts';
import { invalidParameters } from './params.ts';
import type { NapiStore, VlanRow } from './store.ts';

const MAX_VNET = 2 ** 24;

/** A VLAN as NAPI shows it. */
export interface VlanView {
  name: string;
  owner_uuid: string;
  vlan_id: number;
  vnet_id: number;
  description?: string;
}

export class Vlans {
  readonly #store: NapiStore;
  readonly #vnets: Map<string, number>;
  readonly #rows = new Map<string, VlanRow>();

  constructor(store: NapiStore) {
    this.#store = store;
    this.#vnets = new Map(store.vnets().map(({ owner_uuid, vnet_id }) => [owner_uuid, vnet_id]));
    for (const row of store.vlans()) this.#rows.set(keyOf(row.owner_uuid, row.vlan_id), row);
  }

  list(owner: string): VlanView[] {
    const own = [...this.#rows.values()].filter((row) => row.owner_uuid === owner);
    return own.sort((a, b) => a.vlan_id - b.vlan_id).map((row) => this.#view(row));
  }

  /** Throws TritonError ResourceNotFound 404. */
  get(owner: string, vlanId: number): VlanView {
    const row = this.#rows.get(keyOf(owner, vlanId));
    if (!row) throw new TritonError('ResourceNotFound', 404, 'vlan not found');
    return this.#view(row);
  }

  /** Throws TritonError InvalidParameters 422 for a number that the owner has. */
  add(row: VlanRow): VlanView {
    const key = keyOf(row.owner_uuid, row.vlan_id);
    if (this.#rows.has(key)) {
      const error = { field: 'vlan_id', code: 'Duplicate', message: 'Already exists' };
      throw invalidParameters([error], 'VLAN ID is already in use');
    }
    const vnetId = this.#vnets.get(row.owner_uuid) ?? this.#newVnet();
    this.#store.addVlan(row, vnetId);
    this.#vnets.set(row.owner_uuid, vnetId);
    this.#rows.set(key, row);
    return this.#view(row);
  }

  update(owner: string, vlanId: number, change: Partial<Pick<VlanRow, 'name' | 'description'>>): VlanView {
    this.get(owner, vlanId);
    const row = { ...this.#rows.get(keyOf(owner, vlanId))!, ...change };
    this.#store.updateVlan(row);
    this.#rows.set(keyOf(owner, vlanId), row);
    return this.#view(row);
  }

  /** No network is on it any more. */
  remove(owner: string, vlanId: number): void {
    this.get(owner, vlanId);
    this.#store.removeVlan(owner, vlanId);
    this.#rows.delete(keyOf(owner, vlanId));
  }

  #newVnet(): number {
    const taken = new Set(this.#vnets.values());
    for (;;) {
      const vnet = randomInt(1, MAX_VNET);
      if (!taken.has(vnet)) return vnet;
    }
  }

  #view({ name, owner_uuid, vlan_id, description }: VlanRow): VlanView {
    const vnet_id = this.#vnets.get(owner_uuid) ?? 0;
    return { name, owner_uuid, vlan_id, vnet_id, ...(description === null ? {} : { description }) };
  }
}

function keyOf(owner: string, vlanId: number): string {
  return `${owner}/${vlanId}`;
}
