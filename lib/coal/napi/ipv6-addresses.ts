// The addresses of one IPv6 network: whose each is, which are reserved, and which comes next. By their shortest text.
import { contains, formatIp, parseIp } from '#lib/wire/ip.ts';
import { AddressPool } from './address-pool.ts';
import type { Ipv6Network } from './ipv6-network.ts';
import { invalidParameter, invalidParameters, usedBy } from './params.ts';
import type { NicRow } from './store.ts';

/** So many are given out unasked, at most: a number must count them. */
const MOST = 2n ** 48n;

export class Ipv6Addresses {
  readonly network: Ipv6Network;
  readonly byIp = new Map<string, NicRow>();
  /** By hand: never given out unasked, nor when asked for. */
  readonly reserved = new Set<string>();
  readonly #adminUuid: string;
  /** Counts from the first address that is given out. */
  readonly #pool: AddressPool;

  constructor(network: Ipv6Network, adminUuid: string) {
    this.network = network;
    this.#adminUuid = adminUuid;
    const { start, end } = network.layout;
    const size = end - start < MOST ? end - start : MOST;
    const isTaken = (offset: number): boolean => {
      const ip = this.#text(offset);
      return this.byIp.has(ip) || this.reserved.has(ip) || this.isOurs(ip);
    };
    this.#pool = new AddressPool({ start: 0, end: Number(size) }, network.row.next_ip, isTaken);
  }

  /** Where the next search begins: to be stored. */
  get next(): number {
    return this.#pool.next;
  }

  /** The gateway's, and the one that is every router's. */
  isOurs(ip: string): boolean {
    const value = parseIp(ip)?.value;
    const { gateway, block } = this.network.layout;
    return value === gateway || value === block.first;
  }

  /** A free address, null when there is none. The caller marks it as taken. */
  take(): string | null {
    const offset = this.#pool.take();
    return offset === null ? null : this.#text(offset);
  }

  /** See AddressPool. */
  freed(ip: string): void {
    const offset = (parseIp(ip)?.value ?? 0n) - this.network.layout.start;
    if (offset >= 0n && offset <= MOST) this.#pool.freed(Number(offset));
  }

  /** The one text of an address that somebody asks for. Throws TritonError InvalidParameters 422. */
  asked(text: string): string {
    const { layout, row } = this.network;
    const ip = parseIp(text);
    if (ip === null) throw invalidParameters([invalidParameter('ip', 'invalid IP address')]);
    if (!contains(layout.block, ip)) {
      const message = `IP address ${text} is outside the subnet for given network ${row.uuid}`;
      throw invalidParameters([invalidParameter('ip', message)]);
    }
    const asked = formatIp(ip);
    if (this.isOurs(asked) || this.reserved.has(asked))
      throw invalidParameters([usedBy('ip', 'other', this.#adminUuid)]);
    const holder = this.byIp.get(asked);
    if (holder) throw invalidParameters([usedBy('ip', holder.belongs_to_type, holder.belongs_to_uuid)]);
    return asked;
  }

  #text(offset: number): string {
    return formatIp({ family: 6, value: this.network.layout.start + BigInt(offset) });
  }
}
