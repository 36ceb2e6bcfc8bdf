// Inside a container's namespace: what is asked of 127.0.0.11, where Docker's clients look for names, goes to our name server.
import { isIPv4 } from 'node:net';
import path from 'node:path';
import { NETNS_DIR } from './names.ts';
import { runProgram } from './run-program.ts';

const ADDRESS = '127.0.0.11';
const TABLE = 'sdc-docker-names';
/** /proc/sys/net shows the namespace of the process that opens it. */
const INSIDE = 'echo 1 > /proc/sys/net/ipv4/conf/all/route_localnet; exec nft -f -';

/** Idempotent; a new place takes that of the one before. Throws the programs' words. */
export async function redirectNames(netns: string, to: { ip: string; port: number }): Promise<void> {
  const file = path.join(NETNS_DIR, netns);
  await runProgram('nsenter', [`--net=${file}`, 'sh', '-ec', INSIDE], redirectRules(to));
}

/**
 * Loopback packets may leave by the container's nics, but only these; what comes in from a nic for a loopback address is dropped: else a
 * neighbour could reach what listens on the container's own loopback only. The server knows who asks by the address of the nic. Pure.
 */
export function redirectRules({ ip, port }: { ip: string; port: number }): string {
  if (!isIPv4(ip) || !Number.isInteger(port)) throw new RangeError(`not an address: '${ip}' ${port}`);
  return `table ip ${TABLE}
delete table ip ${TABLE}
table ip ${TABLE} {
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
