// The nftables rules of one instance, as text for `nft -f -`: one table of our own, whole at the start, then set elements only.
import { ALLOWED_MARK } from './firewall/ruleset.ts';
import type { Names } from './names.ts';

/** One bridge as the rules see it. */
export interface RuledBridge {
  bridge: string;
  /** CIDR. */
  subnet: string;
  internal: boolean;
}

/**
 * Outwards: masquerade. Forwarding: from a bridge to anywhere but another bridge; to a bridge what belongs to a connection made from
 * inside or to a published port (dnat); from outside also what a firewall rule allows; and nothing else, as dockerd does: neither other
 * networks nor the outside reach unpublished ports by routing. An internal network is not forwarded at all. A bridge more is a few elements of sets: no rule is touched.
 */
export function ruleset(names: Names, bridges: RuledBridge[]): string {
  const { table } = names;
  return `table ip ${table}
delete table ip ${table}
table ip ${table} {
  set bridges { type ifname; }
  set internal { type ifname; }
  set same { type ifname . ifname; }
  set natted { type ipv4_addr; flags interval; }
  chain postrouting {
    type nat hook postrouting priority srcnat; policy accept;
    ip saddr @natted oifname != @bridges masquerade
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
${bridges.map((one) => bridgeElements(names, one, 'add')).join('')}`;
}

/** Brings one bridge into the rules, or takes it out. */
export function bridgeElements(
  { table }: Names,
  { bridge, subnet, internal }: RuledBridge,
  verb: 'add' | 'delete',
): string {
  const elements: [string, string][] = [
    ['bridges', `"${bridge}"`],
    ['same', `"${bridge}" . "${bridge}"`],
    internal ? ['internal', `"${bridge}"`] : ['natted', subnet],
  ];
  return elements.map(([set, element]) => `${verb} element ip ${table} ${set} { ${element} }\n`).join('');
}

/** Takes the table away; fine when there is none. */
export function removeRuleset(names: Names): string {
  return `table ip ${names.table}\ndelete table ip ${names.table}\n`;
}
