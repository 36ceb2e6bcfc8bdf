// The nics on the network: all in memory, written through to SQLite, with an index for each question that is asked.
import { TritonError } from '#lib/wire/errors.ts';
import { AddressPool } from './address-pool.ts';
import { ipToNumber, numberToIp } from './ipv4.ts';
import { newMac, parseMac } from './mac.ts';
import type { OpenNetwork } from './network.ts';
import { invalidParameter, invalidParameters, usedBy } from './params.ts';
import type { NapiStore, NicRow } from './store.ts';

/** A nic to be made; ip and mac are NAPI's choice when absent. */
export interface NicWish
  extends Pick<NicRow, 'owner_uuid' | 'belongs_to_uuid' | 'belongs_to_type' | 'state'> {
  primary: boolean;
  ip?: string | undefined;
  mac?: string | undefined;
}

export class Nics {
  readonly #store: NapiStore;
  readonly #network: OpenNetwork;
  readonly #adminUuid: string;
  readonly #pool: AddressPool;
  readonly #byMac = new Map<string, NicRow>();
  readonly #byIp = new Map<number, NicRow>();
  readonly #byHolder = new Map<string, NicRow[]>();

  constructor(store: NapiStore, network: OpenNetwork, adminUuid: string) {
    this.#store = store;
    this.#network = network;
    this.#adminUuid = adminUuid;
    const { layout, row } = network;
    this.#pool = new AddressPool(layout, row.next_ip, (ip) => this.#byIp.has(ip));
    for (const nic of store.nics()) this.#index(nic);
  }

  get(mac: string): NicRow | null {
    return this.#byMac.get(mac) ?? null;
  }

  at(ip: number): NicRow | null {
    return this.#byIp.get(ip) ?? null;
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

  /** Makes all of them or none. Throws TritonError InvalidParameters 422, SubnetFull 507. */
  add(wishes: NicWish[]): NicRow[] {
    const made: NicRow[] = [];
    try {
      for (const wish of wishes) {
        const nic = this.#make(wish);
        this.#index(nic);
        made.push(nic);
      }
      if (made.length > 0) this.#store.addNics(made, this.#pool.next);
      return made;
    } catch (err) {
      for (const nic of made) this.#forget(nic);
      throw err;
    }
  }

  remove(nics: NicRow[]): void {
    if (nics.length === 0) return;
    for (const { ip } of nics.toSorted((a, b) => a.ip - b.ip)) this.#pool.freed(ip);
    const macs = nics.map((nic) => nic.mac);
    this.#store.removeNics(macs, this.#pool.next);
    for (const nic of nics) this.#forget(nic);
  }

  #make(wish: NicWish): NicRow {
    const { owner_uuid, belongs_to_uuid, belongs_to_type, state } = wish;
    const mac = wish.mac === undefined ? newMac((m) => this.#byMac.has(m)) : this.#askedMac(wish.mac);
    const ip = wish.ip === undefined ? this.#pool.take() : this.#askedIp(wish.ip);
    if (ip === null) throw new TritonError('SubnetFull', 507, 'no more free IPs');
    return {
      ...{ mac, ip, owner_uuid, belongs_to_uuid, belongs_to_type, state },
      network_uuid: this.#network.row.uuid,
      slot: this.#freeSlot(belongs_to_uuid),
      is_primary: wish.primary ? 1 : 0,
      created: new Date().toISOString(),
    };
  }

  #askedIp(text: string): number {
    const { layout, row } = this.#network;
    const ip = ipToNumber(text);
    if (ip === null) throw invalidParameters([invalidParameter('ip', 'invalid IP address')]);
    if (ip <= layout.network || ip > layout.broadcast) {
      const message = `IP address ${text} is outside the subnet for given network ${row.uuid}`;
      throw invalidParameters([invalidParameter('ip', message)]);
    }
    if (ip === layout.gateway || ip === layout.broadcast)
      throw invalidParameters([usedBy('ip', 'other', this.#adminUuid)]);
    const holder = this.#byIp.get(ip);
    if (holder) throw invalidParameters([usedBy('ip', holder.belongs_to_type, holder.belongs_to_uuid)]);
    return ip;
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
    this.#byIp.set(nic.ip, nic);
    const siblings = this.#byHolder.get(nic.belongs_to_uuid);
    if (siblings) siblings.push(nic);
    else this.#byHolder.set(nic.belongs_to_uuid, [nic]);
  }

  #forget(nic: NicRow): void {
    this.#byMac.delete(nic.mac);
    this.#byIp.delete(nic.ip);
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
