// The nics on all networks: all in memory, written through to SQLite, with an index for each question that is asked.

import { TritonError } from '#lib/wire/errors.ts';
import { numberToIp } from '#lib/wire/ipv4.ts';
import { Addresses } from './addresses.ts';
import { newMac, parseMac } from './mac.ts';
import type { OpenNetwork } from './network.ts';
import type { Networks } from './networks.ts';
import { invalidParameter, invalidParameters } from './params.ts';
import type { NapiStore, NicRow } from './store.ts';

/** A nic to be made; ip and mac are NAPI's choice when absent. */
export interface NicWish
  extends Pick<NicRow, 'owner_uuid' | 'belongs_to_uuid' | 'belongs_to_type' | 'state' | 'network_uuid'> {
  primary: boolean;
  ip?: string | undefined;
  mac?: string | undefined;
}

export class Nics {
  readonly #store: NapiStore;
  readonly #networks: Networks;
  readonly #adminUuid: string;
  readonly #addresses = new Map<string, Addresses>();
  readonly #byMac = new Map<string, NicRow>();
  readonly #byHolder = new Map<string, NicRow[]>();

  constructor(store: NapiStore, networks: Networks, adminUuid: string) {
    this.#store = store;
    this.#networks = networks;
    this.#adminUuid = adminUuid;
    for (const { network_uuid, ip } of store.reservedIps()) this.on(network_uuid).reserved.add(ip);
    for (const nic of store.nics()) this.#index(nic);
  }

  /** The addresses of a network. Throws TritonError ResourceNotFound 404. */
  on(networkUuid: string): Addresses {
    const known = this.#addresses.get(networkUuid);
    if (known) return known;
    const network = this.#networks.get(networkUuid);
    if (!network) throw new TritonError('ResourceNotFound', 404, 'network not found');
    const addresses = new Addresses(network, this.#adminUuid);
    this.#addresses.set(networkUuid, addresses);
    return addresses;
  }

  get(mac: string): NicRow | null {
    return this.#byMac.get(mac) ?? null;
  }

  /** By interface number. */
  of(holder: string): NicRow[] {
    return [...(this.#byHolder.get(holder) ?? [])].sort((a, b) => a.slot - b.slot);
  }

  all(): NicRow[] {
    return [...this.#byMac.values()];
  }

  /** VMs that have a nic. */
  holders(): string[] {
    const zones = this.all().filter((nic) => nic.belongs_to_type === 'zone');
    return [...new Set(zones.map((nic) => nic.belongs_to_uuid))];
  }

  /** Makes all of them or none. Throws TritonError ResourceNotFound 404, InvalidParameters 422, SubnetFull 507. */
  add(wishes: NicWish[]): NicRow[] {
    const made: NicRow[] = [];
    try {
      for (const wish of wishes) {
        const nic = this.#make(wish);
        this.#index(nic);
        made.push(nic);
      }
      if (made.length > 0) this.#store.addNics(made, this.#nextOf(made));
      return made;
    } catch (err) {
      for (const nic of made) this.#forget(nic);
      throw err;
    }
  }

  remove(nics: NicRow[]): void {
    if (nics.length === 0) return;
    for (const nic of nics.toSorted((a, b) => a.ip - b.ip)) this.on(nic.network_uuid).pool.freed(nic.ip);
    const macs = nics.map((nic) => nic.mac);
    this.#store.removeNics(macs, this.#nextOf(nics));
    for (const nic of nics) this.#forget(nic);
  }

  setPrimary(nic: NicRow, primary: boolean): void {
    this.#store.setPrimary(nic.mac, primary);
    nic.is_primary = primary ? 1 : 0;
  }

  /** Reserves or frees an address by hand. Throws TritonError InvalidParameters 422 when somebody has it. */
  reserve(networkUuid: string, ip: number, reserved: boolean): void {
    const addresses = this.on(networkUuid);
    if (reserved && !addresses.isOurs(ip) && !addresses.reserved.has(ip)) addresses.asked(numberToIp(ip));
    this.#store.setReserved(networkUuid, ip, reserved);
    if (reserved) addresses.reserved.add(ip);
    else addresses.reserved.delete(ip);
  }

  /** The network is gone. */
  forgetNetwork({ row }: OpenNetwork): void {
    this.#addresses.delete(row.uuid);
  }

  #nextOf(nics: NicRow[]): Map<string, number> {
    return new Map(nics.map(({ network_uuid }) => [network_uuid, this.on(network_uuid).pool.next]));
  }

  #make(wish: NicWish): NicRow {
    const { owner_uuid, belongs_to_uuid, belongs_to_type, state, network_uuid } = wish;
    const addresses = this.on(network_uuid);
    const mac = wish.mac === undefined ? newMac((m) => this.#byMac.has(m)) : this.#askedMac(wish.mac);
    const ip = wish.ip === undefined ? addresses.pool.take() : addresses.asked(wish.ip);
    if (ip === null) throw new TritonError('SubnetFull', 507, 'no more free IPs');
    return {
      ...{ mac, ip, owner_uuid, belongs_to_uuid, belongs_to_type, state, network_uuid },
      slot: this.#freeSlot(belongs_to_uuid),
      is_primary: wish.primary ? 1 : 0,
      created: new Date().toISOString(),
    };
  }

  #askedMac(text: string): string {
    const mac = parseMac(text);
    if (mac === null) throw invalidParameters([invalidParameter('mac', 'invalid MAC address')]);
    if (this.#byMac.has(mac))
      throw invalidParameters([{ field: 'mac', code: 'Duplicate', message: 'Already exists' }]);
    return mac;
  }

  #freeSlot(holder: string): number {
    const used = new Set(this.#byHolder.get(holder)?.map((nic) => nic.slot));
    let slot = 0;
    while (used.has(slot)) slot++;
    return slot;
  }

  #index(nic: NicRow): void {
    this.#byMac.set(nic.mac, nic);
    this.on(nic.network_uuid).byIp.set(nic.ip, nic);
    const siblings = this.#byHolder.get(nic.belongs_to_uuid);
    if (siblings) siblings.push(nic);
    else this.#byHolder.set(nic.belongs_to_uuid, [nic]);
  }

  #forget(nic: NicRow): void {
    this.#byMac.delete(nic.mac);
    this.on(nic.network_uuid).byIp.delete(nic.ip);
    const left = this.#byHolder.get(nic.belongs_to_uuid)?.filter((other) => other !== nic) ?? [];
    if (left.length > 0) this.#byHolder.set(nic.belongs_to_uuid, left);
    else this.#byHolder.delete(nic.belongs_to_uuid);
  }
}

/** Whether `nic` is what a repeated request for these would have made. */
export function fits(nic: NicRow, wish: { ip?: string | undefined; mac?: string | undefined }): boolean {
  const sameIp = wish.ip === undefined || numberToIp(nic.ip) === wish.ip;
  return sameIp && (wish.mac === undefined || parseMac(wish.mac) === nic.mac);
}
