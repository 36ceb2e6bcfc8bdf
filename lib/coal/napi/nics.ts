// The nics on all networks: all in memory, written through to SQLite, with an index for each question that is asked.

import { TritonError } from '#lib/wire/errors.ts';
import { canonicalIp } from '#lib/wire/ip.ts';
import { numberToIp } from '#lib/wire/ipv4.ts';
import { Addresses } from './addresses.ts';
import { Ipv6Addresses } from './ipv6-addresses.ts';
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
  /** An IPv6 network of the same VLAN: a second address, NAPI's choice without ip6. */
  network6_uuid?: string | undefined;
  ip6?: string | undefined;
}

export class Nics {
  readonly #store: NapiStore;
  readonly #networks: Networks;
  readonly #adminUuid: string;
  readonly #addresses = new Map<string, Addresses>();
  readonly #ipv6Addresses = new Map<string, Ipv6Addresses>();
  readonly #byMac = new Map<string, NicRow>();
  readonly #byHolder = new Map<string, NicRow[]>();

  constructor(store: NapiStore, networks: Networks, adminUuid: string) {
    this.#store = store;
    this.#networks = networks;
    this.#adminUuid = adminUuid;
    for (const { network_uuid, ip } of store.reservedIps()) this.on(network_uuid).reserved.add(ip);
    for (const { network_uuid, ip } of store.reservedIpv6s()) this.onIpv6(network_uuid).reserved.add(ip);
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

  /** The addresses of an IPv6 network. Throws TritonError ResourceNotFound 404. */
  onIpv6(networkUuid: string): Ipv6Addresses {
    const known = this.#ipv6Addresses.get(networkUuid);
    if (known) return known;
    const network = this.#networks.getIpv6(networkUuid);
    if (!network) throw new TritonError('ResourceNotFound', 404, 'network not found');
    const addresses = new Ipv6Addresses(network, this.#adminUuid);
    this.#ipv6Addresses.set(networkUuid, addresses);
    return addresses;
  }

  /** The nics that have an address of a network, of whichever family. */
  holding(networkUuid: string): NicRow[] {
    const isIpv6 = this.#networks.getIpv6(networkUuid) !== null;
    return [...(isIpv6 ? this.onIpv6(networkUuid) : this.on(networkUuid)).byIp.values()];
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
    for (const { network6_uuid, ip6 } of nics) if (network6_uuid) this.onIpv6(network6_uuid).freed(ip6 ?? '');
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

  /** See reserve. */
  reserveIpv6(networkUuid: string, ip: string, reserved: boolean): void {
    const addresses = this.onIpv6(networkUuid);
    if (reserved && !addresses.isOurs(ip) && !addresses.reserved.has(ip)) addresses.asked(ip);
    this.#store.setReservedIpv6(networkUuid, ip, reserved);
    if (reserved) addresses.reserved.add(ip);
    else addresses.reserved.delete(ip);
  }

  /** The network is gone. */
  forgetNetwork({ row }: Pick<OpenNetwork, 'row'>): void {
    this.#addresses.delete(row.uuid);
    this.#ipv6Addresses.delete(row.uuid);
  }

  #nextOf(nics: NicRow[]): Map<string, number> {
    const next = new Map(nics.map(({ network_uuid }) => [network_uuid, this.on(network_uuid).pool.next]));
    for (const { network6_uuid: six } of nics) if (six) next.set(six, this.onIpv6(six).next);
    return next;
  }

  #make(wish: NicWish): NicRow {
    const { owner_uuid, belongs_to_uuid, belongs_to_type, state, network_uuid } = wish;
    const addresses = this.on(network_uuid);
    const mac = wish.mac === undefined ? newMac((m) => this.#byMac.has(m)) : this.#askedMac(wish.mac);
    const ip = wish.ip === undefined ? addresses.pool.take() : addresses.asked(wish.ip);
    if (ip === null) throw subnetFull();
    return {
      ...this.#makeIpv6(wish),
      ...{ mac, ip, owner_uuid, belongs_to_uuid, belongs_to_type, state, network_uuid },
      slot: this.#freeSlot(belongs_to_uuid),
      is_primary: wish.primary ? 1 : 0,
      created: new Date().toISOString(),
    };
  }

  #makeIpv6({ network6_uuid, ip6: asked }: NicWish): Pick<NicRow, 'network6_uuid' | 'ip6'> {
    if (network6_uuid === undefined) return { network6_uuid: null, ip6: null };
    const addresses = this.onIpv6(network6_uuid);
    const ip6 = asked === undefined ? addresses.take() : addresses.asked(asked);
    if (ip6 === null) throw subnetFull();
    return { network6_uuid, ip6 };
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
    if (nic.network6_uuid) this.onIpv6(nic.network6_uuid).byIp.set(nic.ip6 ?? '', nic);
    const siblings = this.#byHolder.get(nic.belongs_to_uuid);
    if (siblings) siblings.push(nic);
    else this.#byHolder.set(nic.belongs_to_uuid, [nic]);
  }

  #forget(nic: NicRow): void {
    this.#byMac.delete(nic.mac);
    this.on(nic.network_uuid).byIp.delete(nic.ip);
    if (nic.network6_uuid) this.onIpv6(nic.network6_uuid).byIp.delete(nic.ip6 ?? '');
    const left = this.#byHolder.get(nic.belongs_to_uuid)?.filter((other) => other !== nic) ?? [];
    if (left.length > 0) this.#byHolder.set(nic.belongs_to_uuid, left);
    else this.#byHolder.delete(nic.belongs_to_uuid);
  }
}

function subnetFull(): TritonError {
  return new TritonError('SubnetFull', 507, 'no more free IPs');
}

type Asked = Pick<NicWish, 'ip' | 'mac' | 'network6_uuid' | 'ip6'>;

/** Whether `nic` is what a repeated request for these would have made. */
export function fits(nic: NicRow, wish: Asked): boolean {
  const sameIp = wish.ip === undefined || numberToIp(nic.ip) === wish.ip;
  const sameIpv6 =
    (wish.network6_uuid ?? null) === nic.network6_uuid &&
    (wish.ip6 === undefined || canonicalIp(wish.ip6) === nic.ip6);
  return sameIp && sameIpv6 && (wish.mac === undefined || parseMac(wish.mac) === nic.mac);
}
