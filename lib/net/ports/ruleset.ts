// The nftables rules of published ports, as text for `nft -f -`: a table of our own whose maps say what goes where.
import { isIPv4 } from 'node:net';
import type { PortBinding, PortTarget } from './types.ts';

/** One binding with its target. */
export interface Forward {
  binding: PortBinding;
  target: PortTarget;
}

/** Name of the table of an instance. */
export function portsTable(bridge: string): string {
  return `${bridge}-ports`;
}

/**
 * The whole table, in place of whatever was there, in one transaction. A packet to an address of the machine is looked up once in
 * each map, however many ports are published. Answers to the machine's own loopback, and to neighbours of the container, must
 * come back this way: those connections are masqueraded. A container that asks for its own published port is answered by our
 * listener: a bridge sends no packet back out of the port it came in by. Loopback addresses can be routed to our bridges only for
 * the machine's own packets; what comes from a bridge to one is refused first.
 */
export function portsRuleset(bridge: string, forwards: Forward[]): string {
  const table = portsTable(bridge);
  return `table ip ${table}
delete table ip ${table}
table ip ${table} {
  map any { type inet_proto . inet_service : ipv4_addr . inet_service; }
  map one { type ipv4_addr . inet_proto . inet_service : ipv4_addr . inet_service; }
  set own { type ipv4_addr . inet_proto . inet_service; }
  set neighbours { type ipv4_addr . ipv4_addr; flags interval; }
  chain guard {
    type filter hook prerouting priority raw; policy accept;
    iifname "${bridge}*" ip daddr 127.0.0.0/8 drop
  }
  chain published {
    dnat ip to ip daddr . meta l4proto . th dport map @one
    dnat ip to meta l4proto . th dport map @any
  }
  chain prerouting {
    type nat hook prerouting priority dstnat; policy accept;
    ip saddr . meta l4proto . th dport @own return
    fib daddr type local jump published
  }
  chain output {
    type nat hook output priority -100; policy accept;
    fib daddr type local jump published
  }
  chain postrouting {
    type nat hook postrouting priority srcnat; policy accept;
    ct status dnat ip saddr 127.0.0.0/8 masquerade
    ct status dnat ip saddr . ip daddr @neighbours masquerade
  }
}
${addForwards(bridge, forwards).join('\n')}
`;
}

/** Elements for some forwards; a neighbourhood that is known stays. */
export function addForwards(bridge: string, forwards: Forward[]): string[] {
  const subnets = new Set(forwards.map(({ target }) => checkedSubnet(target.subnet)));
  const lines = forwards.flatMap((forward) => elements('add', bridge, forward));
  for (const subnet of subnets)
    lines.push(`add element ip ${portsTable(bridge)} neighbours { ${subnet} . ${subnet} }`);
  return [...new Set(lines)];
}

/** Each line once: a port at two addresses is one for its own container, and nothing can be deleted twice. */
export function deleteForwards(bridge: string, forwards: Forward[]): string[] {
  return [...new Set(forwards.flatMap((forward) => elements('delete', bridge, forward)))];
}

/** Takes the table away; fine when there is none. */
export function removePortsRuleset(bridge: string): string {
  const table = portsTable(bridge);
  return `table ip ${table}\ndelete table ip ${table}\n`;
}

/** True for what the kernel forwards; IPv6 is served by our own listener. */
export function isForwarded({ hostIp }: Pick<PortBinding, 'hostIp'>): boolean {
  return isIPv4(hostIp);
}

function elements(verb: 'add' | 'delete', bridge: string, { binding, target }: Forward): string[] {
  if (!isForwarded(binding)) return [];
  const port = `${binding.protocol} . ${checkedPort(binding.hostPort)}`;
  const ip = checkedIp(target.ip);
  const value = verb === 'add' ? ` : ${ip} . ${checkedPort(binding.port)}` : '';
  const everywhere = binding.hostIp === '0.0.0.0';
  const element = everywhere ? `any { ${port}${value} }` : `one { ${binding.hostIp} . ${port}${value} }`;
  return [element, `own { ${ip} . ${port} }`].map(
    (each) => `${verb} element ip ${portsTable(bridge)} ${each}`,
  );
}

function checkedIp(ip: string): string {
  if (!isIPv4(ip)) throw new RangeError(`not an IPv4 address: '${ip}'`);
  return ip;
}

function checkedPort(port: number): number {
  if (!Number.isInteger(port) || port < 1 || port > 65_535) throw new RangeError(`not a port: ${port}`);
  return port;
}

function checkedSubnet(subnet: string): string {
  const [ip = '', bits = ''] = subnet.split('/');
  if (!isIPv4(ip) || !/^\d{1,2}$/.test(bits) || Number(bits) > 32)
    throw new RangeError(`not a subnet: '${subnet}'`);
  return subnet;
}
