// Inside a container's namespace: what is asked of 127.0.0.11, where Docker's clients look for names, goes to our name server.
import { isIPv4 } from 'node:net';
import { inside } from './inside.ts';
import type { NamesAt } from './types.ts';

const ADDRESS = '127.0.0.11';
const TABLE = 'sdc-docker-names';
/** Reads the rules. */
export const INSIDE_FOR_RULES = 'echo 1 > /proc/sys/net/ipv4/conf/all/route_localnet; exec nft -f -';

/** In place of what there was. nft then ends only when the kernel has let go of it (8 ms and more): not for a new namespace. */
const NONE = `table ip ${TABLE}\ndelete table ip ${TABLE}\n`;

/** A new place takes that of the one before; `fresh`: there is none. Throws the programs' words. */
export async function redirectNames(netns: string, to: NamesAt, fresh: boolean): Promise<void> {
  await inside(netns, INSIDE_FOR_RULES, [], `${fresh ? '' : NONE}${redirectRules(to)}`);
}

/**
 * Loopback packets may leave by the container's nics, but only these; what comes in from a nic for a loopback address is dropped: else a
 * neighbour could reach what listens on the container's own loopback only. The server knows who asks by the address of the nic. For a
 * namespace without such rules. Pure.
 */
export function redirectRules({ ip, port }: NamesAt): string {
  if (!isIPv4(ip) || !Number.isInteger(port)) throw new RangeError(`not an address: '${ip}' ${port}`);
  return `table ip ${TABLE} {
  chain guard {
    type filter hook prerouting priority raw; policy accept;
    iifname != "lo" ip daddr 127.0.0.0/8 drop
  }
  chain output {
    type nat hook output priority -100; policy accept;
    ip daddr ${ADDRESS} meta l4proto { tcp, udp } th dport 53 dnat to ${ip}:${port}
  }
  chain postrouting {
    type nat hook postrouting priority srcnat; policy accept;
    ip saddr 127.0.0.0/8 ip daddr ${ip} masquerade
  }
}
`;
}
