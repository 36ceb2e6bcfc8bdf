// Subnets for networks that ask for none: the daemon's pools, cut into pieces, in their order.
import { cidrOf, rangeOf } from '#lib/wire/ipv4.ts';

/** As in dockerd's default-address-pools. */
export interface AddressPool {
  /** CIDR. */
  base: string;
  /** Prefix length of the pieces. */
  size: number;
}

/** Every piece, one after the other. */
export function* poolSubnets(pools: readonly AddressPool[]): Generator<string> {
  for (const { base, size } of pools) {
    const range = rangeOf(base);
    if (range === null) continue;
    const step = 2 ** (32 - size);
    for (let first = range.first; first < range.last; first += step) yield cidrOf({ first, prefix: size });
  }
}
