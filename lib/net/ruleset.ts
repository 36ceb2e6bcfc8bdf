// The nftables rules of one bridge, as text for `nft -f -`: one table of our own, replaced as a whole in one transaction.
import type { Names } from './names.ts';

/**
 * Outwards: masquerade. Forwarding: from the bridge to anywhere; to the bridge what belongs to a connection made from inside
 * or to a published port (dnat), and nothing else, as dockerd does: the outside must not reach unpublished ports by routing.
 */
export function ruleset(names: Names, subnet: string): string {
  const { bridge, table } = names;
  return `table ip ${table}
delete table ip ${table}
table ip ${table} {
  chain postrouting {
    type nat hook postrouting priority srcnat; policy accept;
    ip saddr ${subnet} oifname != "${bridge}" masquerade
  }
  chain forward {
    type filter hook forward priority filter; policy accept;
    iifname "${bridge}" accept
    oifname "${bridge}" ct state established,related accept
    oifname "${bridge}" ct status dnat accept
    oifname "${bridge}" drop
  }
}
`;
}

/** Takes the table away; fine when there is none. */
export function removeRuleset(names: Names): string {
  return `table ip ${names.table}\ndelete table ip ${names.table}\n`;
}
