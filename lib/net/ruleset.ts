// The nftables rules of one instance, as text for `nft -f -`: one table of our own, whole at the start, then set elements only.
import { addressType, BOTH_FAMILIES, type NftFamily, removeTables } from './families.ts';
import { ALLOWED_MARK } from './firewall/ruleset.ts';
import type { Names } from './names.ts';

/** One bridge as the rules see it. */
export interface RuledBridge {
  bridge: string;
  /** CIDR. */
  subnet: string;
  /** null where it speaks IPv4 only. */
  subnet6: string | null;
  internal: boolean;
  /** False: no packet goes from one of its ports to another. */
  peers?: boolean | undefined;
  /** False: what leaves keeps its own address. */
  masquerade?: boolean | undefined;
}

/**
 * Outwards: masquerade. Forwarding: from a bridge to anywhere but another bridge; to a bridge what belongs to a connection made from
 * inside or to a published port (dnat); from outside also what a firewall rule allows; and nothing else, as dockerd does: neither other
 * networks nor the outside reach unpublished ports by routing. An internal network is not forwarded at all. A bridge more is a few elements of sets: no rule is touched.
 * IPv6 has a table of its own with the same rules, for every bridge: also from one that does not speak it nothing may be forwarded elsewhere.
 */
export function ruleset(
  { table }: Pick<Names, 'table'>,
  bridges: RuledBridge[],
  families: readonly NftFamily[] = BOTH_FAMILIES,
): string {
  const elements = bridges.map((one) => bridgeElements({ table }, one, 'add', families));
  return [...families.map((family) => tableOf(family, table)), ...elements].join('');
}

function tableOf(family: NftFamily, table: string): string {
  return `table ${family} ${table}
delete table ${family} ${table}
table ${family} ${table} {
  set bridges { type ifname; }
  set internal { type ifname; }
  set same { type ifname . ifname; }
  set natted { type ${addressType(family)}; flags interval; }
  chain postrouting {
    type nat hook postrouting priority srcnat; policy accept;
    ${family} saddr @natted oifname != @bridges masquerade
  }
  chain forward {
    type filter hook forward priority filter; policy accept;
    iifname . oifname @same accept
    iifname @internal drop
    oifname @internal drop
    oifname @bridges ct state established,related accept
    oifname @bridges ct status dnat accept
    iifname @bridges oifname @bridges drop
    iifname @bridges accept
    oifname @bridges meta mark and ${ALLOWED_MARK} == ${ALLOWED_MARK} accept
    oifname @bridges drop
  }
}
`;
}

/** Brings one bridge into the rules, or takes it out. */
export function bridgeElements(
  { table }: Pick<Names, 'table'>,
  bridge: RuledBridge,
  verb: 'add' | 'delete',
  families: readonly NftFamily[] = BOTH_FAMILIES,
): string {
  const line =
    (family: NftFamily) =>
    ([set, element]: [string, string]) =>
      `${verb} element ${family} ${table} ${set} { ${element} }\n`;
  const subnets = { ip: bridge.subnet, ip6: bridge.subnet6 };
  return families.flatMap((family) => elementsOf(bridge, subnets[family]).map(line(family))).join('');
}

function elementsOf(
  { bridge, internal, peers, masquerade }: RuledBridge,
  subnet: string | null,
): [string, string][] {
  return [
    ['bridges', `"${bridge}"`],
    ...(peers === false ? [] : [['same', `"${bridge}" . "${bridge}"`] satisfies [string, string]]),
    ...(internal ? [['internal', `"${bridge}"`] satisfies [string, string]] : []),
    ...(internal || masquerade === false || subnet === null
      ? []
      : [['natted', subnet] satisfies [string, string]]),
  ];
}

/** Takes the table away; fine when there is none. */
export function removeRuleset({ table }: Pick<Names, 'table'>, families = BOTH_FAMILIES): string {
  return removeTables(table, families);
}
