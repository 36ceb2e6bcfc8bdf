// Subnets for networks that ask for none: the daemon's pools, cut into pieces, in their order.
import { createHash } from 'node:crypto';
import { type Family, formatBlock, parseBlock } from '#lib/wire/ip.ts';

/** As in dockerd's default-address-pools. */
export interface AddressPool {
  /** CIDR. */
  base: string;
  /** Prefix length of the pieces. */
  size: number;
}

/** Every piece of a family, one after the other. */
export function* poolSubnets(pools: readonly AddressPool[], family: Family): Generator<string> {
  for (const { base, size } of pools) {
    const range = parseBlock(base);
    if (range === null || range.family !== family) continue;
    const step = 1n << BigInt((family === 4 ? 32 : 128) - size);
    for (let { first } = range; first <= range.last; first += step)
      yield formatBlock({ ...range, first, prefix: size });
  }
}

/**
 * The pools with one of IPv6 among them: where the settings name none, a unique local prefix (RFC 4193) that `seed` chooses, always the
 * same for one daemon and another for the next. Pure.
 */
export function withIpv6Pool(pools: readonly AddressPool[], seed: string): readonly AddressPool[] {
  if (pools.some(({ base }) => parseBlock(base)?.family === 6)) return pools;
  const id = createHash('sha256').update(`IPv6 pool ${seed}`).digest('hex');
  return [...pools, { base: `fd${id.slice(0, 2)}:${id.slice(2, 6)}:${id.slice(6, 10)}::/48`, size: 64 }];
}
