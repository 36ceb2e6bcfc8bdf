// Whether a subnet is still free on this machine: two routes to one subnet would leave either's packets to chance.
import { BlockList } from 'node:net';

/** What `ip -json -4 address` tells of one interface; down ones too, which Node's own list leaves out. */
export interface Link {
  ifname: string;
  addr_info: { local: string; prefixlen: number }[];
}

/** The first address of another interface that lies in `subnet`, or whose network holds it: 'eth0 (10.1.2.3/8)'; null when free. */
export function overlapping(subnet: string, ownBridge: string, links: readonly Link[]): string | null {
  const [base = '', bits = ''] = subnet.split('/');
  for (const { ifname, addr_info } of links) {
    if (ifname === ownBridge) continue;
    for (const { local, prefixlen } of addr_info) {
      if (contains(base, Number(bits), local) || contains(local, prefixlen, base))
        return `${ifname} (${local}/${prefixlen})`;
    }
  }
  return null;
}

function contains(network: string, bits: number, address: string): boolean {
  const list = new BlockList();
  list.addSubnet(network, bits, 'ipv4');
  return list.check(address, 'ipv4');
}
