// The addresses of one network: whose each is, which are reserved, and which comes next.
import { ipToNumber } from '#lib/wire/ipv4.ts';
import { AddressPool } from './address-pool.ts';
import type { OpenNetwork } from './network.ts';
import { invalidParameter, invalidParameters, usedBy } from './params.ts';
import type { NicRow } from './store.ts';

export class Addresses {
  readonly network: OpenNetwork;
  readonly pool: AddressPool;
  readonly byIp = new Map<number, NicRow>();
  /** By hand: never given out unasked, nor when asked for. */
  readonly reserved = new Set<number>();
  readonly #adminUuid: string;

  constructor(network: OpenNetwork, adminUuid: string) {
    this.network = network;
    this.#adminUuid = adminUuid;
    const { layout, row } = network;
    this.pool = new AddressPool(
      layout,
      row.next_ip,
      (ip) => this.byIp.has(ip) || this.reserved.has(ip) || this.isOurs(ip),
    );
  }

  /** The gateway's and the broadcast address. */
  isOurs(ip: number): boolean {
    const { network, gateway, broadcast } = this.network.layout;
    return ip === network || ip === gateway || ip === broadcast;
  }

  /** The number of an address that somebody asks for. Throws TritonError InvalidParameters 422. */
  asked(text: string): number {
    const { layout, row } = this.network;
    const ip = ipToNumber(text);
    if (ip === null) throw invalidParameters([invalidParameter('ip', 'invalid IP address')]);
    if (ip <= layout.network || ip > layout.broadcast) {
      const message = `IP address ${text} is outside the subnet for given network ${row.uuid}`;
      throw invalidParameters([invalidParameter('ip', message)]);
    }
    if (this.isOurs(ip) || this.reserved.has(ip))
      throw invalidParameters([usedBy('ip', 'other', this.#adminUuid)]);
    const holder = this.byIp.get(ip);
    if (holder) throw invalidParameters([usedBy('ip', holder.belongs_to_type, holder.belongs_to_uuid)]);
    return ip;
  }
}
