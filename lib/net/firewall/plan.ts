// What nft must be told so that the filter becomes another: only what differs, in an order in which nothing is missing. Pure.
import { addressType, familyOf, type NftFamily } from '../families.ts';
import { type Chain, chainOf, checkedCidr, firewallTable, groupSet } from './ruleset.ts';
import type { Guest } from './types.ts';

/** What the kernel holds of one guest. */
interface Held {
  ips: string[];
  /** Verdict of each map by which its addresses are looked up; null = not in the map. */
  in: string;
  out: string | null;
  /** Sets it is in. */
  sets: string[];
  chains: Chain[];
}

/** The filter of one family as it is, or will be when the commands have been carried out. */
export class Plan {
  readonly #family: NftFamily;
  /** Its family and name. */
  readonly #table: string;
  readonly #guests = new Map<string, Held>();
  readonly #chains = new Map<string, { chain: Chain; users: number }>();
  /** Set → how many chains ask it. */
  readonly #sets = new Map<string, number>();

  constructor(bridge: string, family: NftFamily) {
    this.#family = family;
    this.#table = `${family} ${firewallTable(bridge)}`;
  }

  /** Commands for a guest that is new or filtered in another way than before. Throws RangeError for what is not sound. */
  set(vmUuid: string, guest: Guest): string[] {
    const ips = guest.ips.filter((ip) => familyOf(checkedCidr(ip)) === this.#family);
    if (ips.length === 0) return this.remove(vmUuid);
    const fresh = heldOf({ ...guest, ips }, this.#family);
    const before = this.#guests.get(vmUuid);
    if (before && JSON.stringify(before) === JSON.stringify(fresh)) return [];
    const made = fresh.chains.flatMap((chain) => this.#use(chain));
    const left = before ? this.#leave(before) : [];
    this.#guests.set(vmUuid, fresh);
    return [
      ...made,
      ...left,
      ...this.#enter(fresh),
      ...(before?.chains ?? []).flatMap((chain) => this.#disuse(chain)),
    ];
  }

  remove(vmUuid: string): string[] {
    const before = this.#guests.get(vmUuid);
    if (before === undefined) return [];
    this.#guests.delete(vmUuid);
    return [...this.#leave(before), ...before.chains.flatMap((chain) => this.#disuse(chain))];
  }

  #enter(held: Held): string[] {
    const sets = held.sets.filter((set) => this.#sets.has(set));
    return held.ips.flatMap((ip) => [
      ...sets.map((set) => this.#element('add', set, ip)),
      this.#element('add', 'in', `${ip} : ${held.in}`),
      ...(held.out === null ? [] : [this.#element('add', 'out', `${ip} : ${held.out}`)]),
    ]);
  }

  #leave(held: Held): string[] {
    const sets = held.sets.filter((set) => this.#sets.has(set));
    return held.ips.flatMap((ip) => [
      this.#element('delete', 'in', ip),
      ...(held.out === null ? [] : [this.#element('delete', 'out', ip)]),
      ...sets.map((set) => this.#element('delete', set, ip)),
    ]);
  }

  #use(chain: Chain): string[] {
    const known = this.#chains.get(chain.name);
    if (known) {
      known.users++;
      return [];
    }
    this.#chains.set(chain.name, { chain, users: 1 });
    return [
      ...chain.groups.flatMap((key) => this.#useSet(groupSet(key))),
      `add chain ${this.#table} ${chain.name}`,
      ...chain.rules.map((rule) => `add rule ${this.#table} ${chain.name} ${rule}`),
    ];
  }

  #disuse({ name }: Chain): string[] {
    const known = this.#chains.get(name);
    if (known === undefined) return [];
    known.users--;
    if (known.users > 0) return [];
    this.#chains.delete(name);
    return [
      `flush chain ${this.#table} ${name}`,
      `delete chain ${this.#table} ${name}`,
      ...known.chain.groups.flatMap((key) => this.#disuseSet(groupSet(key))),
    ];
  }

  /** A set is made when the first chain asks it, with those who are in it already. */
  #useSet(set: string): string[] {
    const users = this.#sets.get(set) ?? 0;
    this.#sets.set(set, users + 1);
    if (users > 0) return [];
    const members = [...this.#guests.values()]
      .filter(({ sets }) => sets.includes(set))
      .flatMap(({ ips }) => ips);
    return [
      `add set ${this.#table} ${set} { type ${addressType(this.#family)}; }`,
      ...(members.length > 0 ? [this.#element('add', set, members.join(', '))] : []),
    ];
  }

  #disuseSet(set: string): string[] {
    const users = (this.#sets.get(set) ?? 1) - 1;
    if (users > 0) {
      this.#sets.set(set, users);
      return [];
    }
    this.#sets.delete(set);
    return [`delete set ${this.#table} ${set}`];
  }

  #element(verb: 'add' | 'delete', set: string, text: string): string {
    return `${verb} element ${this.#table} ${set} { ${text} }`;
  }
}

function heldOf({ ips, inbound, outbound, groups }: Guest, family: NftFamily): Held {
  const chains: Chain[] = [];
  const verdict = (direction: 'in' | 'out', lines: Parameters<typeof chainOf>[1]): string => {
    const chain = chainOf(direction, lines, family);
    chains.push(chain);
    return direction === 'in' ? `goto ${chain.name}` : `jump ${chain.name}`;
  };
  return {
    ips,
    in: inbound === null ? 'goto allowed' : verdict('in', inbound),
    out: outbound.length === 0 ? null : verdict('out', outbound),
    sets: [...new Set(groups)].map(groupSet).sort(),
    chains,
  };
}
