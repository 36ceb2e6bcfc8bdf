// The nftables rules of published ports, as text for `nft -f -`: a table of our own whose maps say what goes where.
import { canonicalIp, parseBlock } from '#lib/wire/ip.ts';
import { addressType, BOTH_FAMILIES, familyOf, type NftFamily } from '../families.ts';
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
 * the machine's own packets; what comes from a bridge to one is refused first. IPv6 is the same in a table of its own, for containers
 * that speak it; its loopback cannot be routed anywhere, so there our listener answers.
 */
export function portsRuleset(
  bridge: string,
  forwards: Forward[],
  families: readonly NftFamily[] = BOTH_FAMILIES,
): string {
  const tables = families.map((family) => tableOf(bridge, family));
  return `${tables.join('')}${addForwards(bridge, forwards).join('\n')}\n`;
}

function tableOf(bridge: string, family: NftFamily): string {
  const table = `${family} ${portsTable(bridge)}`;
  const type = addressType(family);
  const loopback = LOOPBACK[family];
  return `table ${table}
delete table ${table}
table ${table} {
  map any { type inet_proto . inet_service : ${type} . inet_service; }
  map one { type ${type} . inet_proto . inet_service : ${type} . inet_service; }
  set own { type ${type} . inet_proto . inet_service; }
  set neighbours { type ${type} . ${type}; flags interval; }
  chain guard {
    type filter hook prerouting priority raw; policy accept;
    iifname "${bridge}*" ${family} daddr ${loopback} drop
  }
  chain published {${family === 'ip6' ? `\n    ip6 daddr ${loopback} return` : ''}
    dnat ${family} to ${family} daddr . meta l4proto . th dport map @one
    dnat ${family} to meta l4proto . th dport map @any
  }
  chain prerouting {
    type nat hook prerouting priority dstnat; policy accept;
    ${family} saddr . meta l4proto . th dport @own return
    fib daddr type local jump published
  }
  chain output {
    type nat hook output priority -100; policy accept;
    fib daddr type local jump published
  }
  chain postrouting {
    type nat hook postrouting priority srcnat; policy accept;
    ct status dnat ${family} saddr ${loopback} masquerade
    ct status dnat ${family} saddr . ${family} daddr @neighbours masquerade
  }
}
`;
}

const LOOPBACK: Readonly<Record<NftFamily, string>> = { ip: '127.0.0.0/8', ip6: '::1' };

/** Elements for some forwards; a neighbourhood that is known stays. */
export function addForwards(bridge: string, forwards: Forward[]): string[] {
  const lines = forwards.flatMap((forward) => elements('add', bridge, forward));
  const near = forwards.flatMap((forward) => {
    const way = wayOf(forward);
    if (way === null) return [];
    const subnet = checkedSubnet(way.subnet);
    return [`add element ${way.family} ${portsTable(bridge)} neighbours { ${subnet} . ${subnet} }`];
  });
  return [...new Set([...lines, ...near])];
}

/** Each line once: a port at two addresses is one for its own container, and nothing can be deleted twice. */
export function deleteForwards(bridge: string, forwards: Forward[]): string[] {
  return [...new Set(forwards.flatMap((forward) => elements('delete', bridge, forward)))];
}

/** The way of a binding through the kernel; null for one that only our listener serves: IPv6 to a container that does not speak it. */
function wayOf({ binding, target }: Forward): { family: NftFamily; ip: string; subnet: string } | null {
  if (familyOf(binding.hostIp) === 'ip') return { family: 'ip', ip: target.ip, subnet: target.subnet };
  return target.ipv6 ? { family: 'ip6', ...target.ipv6 } : null;
}

function elements(verb: 'add' | 'delete', bridge: string, forward: Forward): string[] {
  const way = wayOf(forward);
  // One that names an interface, too, is our listener's.
  const at = canonicalIp(forward.binding.hostIp);
  if (way === null || at === null) return [];
  const { protocol, hostPort, port: inner } = forward.binding;
  const port = `${protocol} . ${checkedPort(hostPort)}`;
  const ip = checkedIp(way.ip);
  const value = verb === 'add' ? ` : ${ip} . ${checkedPort(inner)}` : '';
  const everywhere = at === '0.0.0.0' || at === '::';
  const element = everywhere ? `any { ${port}${value} }` : `one { ${at} . ${port}${value} }`;
  return [element, `own { ${ip} . ${port} }`].map(
    (each) => `${verb} element ${way.family} ${portsTable(bridge)} ${each}`,
  );
}

function checkedIp(ip: string): string {
  if (canonicalIp(ip) === null) throw new RangeError(`not an address: '${ip}'`);
  return ip;
}

function checkedPort(port: number): number {
  if (!Number.isInteger(port) || port < 1 || port > 65_535) throw new RangeError(`not a port: ${port}`);
  return port;
}

function checkedSubnet(subnet: string): string {
  if (parseBlock(subnet) === null) throw new RangeError(`not a subnet: '${subnet}'`);
  return subnet;
}
