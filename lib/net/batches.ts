// Texts for `ip -batch -`: one command a line, without the word "ip". Everything from outside is checked before it is written.
import { isIPv4, isIPv6 } from 'node:net';
import { ipv6Of } from '#lib/wire/nic-ipv6.ts';
import type { VmNic } from '#lib/wire/types.ts';
import { macOf, prefixOf, type Subnet } from './addresses.ts';
import type { Names } from './names.ts';

const MAC = /^[0-9a-f]{2}(:[0-9a-f]{2}){5}$/i;

/** A bridge, made when `exists` is false, with its address. A fixed MAC, or it would change with the ports. */
export function bridgeBatch(
  bridge: string,
  exists: boolean,
  subnet: Subnet,
  gateway: string | null,
  mtu: number,
): string {
  return lines([
    ...(exists ? [] : [`link add ${bridge} type bridge stp_state 0 forward_delay 0`]),
    ...(gateway === null ? [] : [`link set ${bridge} address ${macOf(checked(gateway))}`]),
    `link set ${bridge} mtu ${wholeNumber(mtu)} addrgenmode none`,
    ...(gateway === null ? [] : [`addr replace ${checked(gateway)}/${subnet.prefix} brd + dev ${bridge}`]),
    `link set ${bridge} up`,
  ]);
}

/** The second address of a bridge that speaks IPv6, and a link-local one; neither is looked for on the wire first. */
export function bridgeIpv6Batch(bridge: string, subnet: string, gateway: string | null): string {
  const addresses = [
    'fe80::1/64',
    ...(gateway === null ? [] : [`${checkedIpv6(gateway)}/${prefixOfIpv6(subnet)}`]),
  ];
  return lines(addresses.map((address) => `addr replace ${address} dev ${bridge} nodad`));
}

/** A pair to be made: number `index` outside, `inside` within, a port of `bridge`. */
export interface Wire {
  index: number;
  inside: string;
  bridge: string;
  mtu: number;
}

/** A namespace with `count` veth pairs: eth0… inside, ports of the bridge outside. */
export function makeBatch(names: Names, id: string, count: number, mtu: number): string {
  const wires = Array.from({ length: count }, (_unused, index) => ({
    index,
    inside: `eth${index}`,
    bridge: names.bridge,
    mtu,
  }));
  return `${lines([`netns add ${names.netns(id)}`])}${wireBatch(names, id, wires)}`;
}

/** More pairs for a namespace. */
export function wireBatch(names: Names, id: string, wires: Wire[]): string {
  return lines(
    wires.flatMap(({ index, inside, bridge, mtu }) => {
      const link = names.link(id, index);
      return [
        `link add ${link} mtu ${wholeNumber(mtu)} type veth peer name ${inside} mtu ${mtu} netns ${names.netns(id)}`,
        `link set ${link} addrgenmode none master ${bridge} up`,
      ];
    }),
  );
}

/** Moves a pair that is ready to another bridge. */
export function moveBatch(names: Names, id: string, { index, bridge, mtu }: Wire): string {
  return lines([`link set ${names.link(id, index)} mtu ${wholeNumber(mtu)} master ${bridge}`]);
}

/**
 * What is written when a VM takes a namespace that has eth0 … as many as there are nics: MACs, addresses and default route. Runs
 * inside the namespace. Throws a RangeError for a nic that is not sound.
 */
export function claimBatch(nics: VmNic[], mtu: number): string {
  return lines([
    ...nics.flatMap((nic, index) => upCommands(nic, `eth${index}`, mtu)),
    ...routeCommands(nics),
  ]);
}

/** A nic comes up inside. Its MAC as the alias tells it from what a container with rights makes itself. */
function upCommands(nic: VmNic, name: string, mtu: number): string[] {
  if (!MAC.test(nic.mac)) throw new RangeError(`not a MAC address: '${nic.mac}'`);
  const size = nic.mtu !== undefined && nic.mtu !== mtu ? ` mtu ${wholeNumber(nic.mtu)}` : '';
  return [
    `link set ${name} address ${nic.mac}${size} alias ${nic.mac}`,
    `addr add ${checked(nic.ip)}/${prefixOf(nic.netmask)} brd + dev ${name}`,
    ...ipv6Commands(nic, name),
    `link set ${name} up`,
  ];
}

function routeCommands(nics: VmNic[]): string[] {
  const primary = nics.find((nic) => nic.primary && nic.gateway) ?? nics.find((nic) => nic.gateway);
  const ipv6 = nics.map((nic) => ({ primary: nic.primary, gateway: ipv6Of(nic)?.gateway ?? null }));
  const six = ipv6.find((one) => one.primary && one.gateway) ?? ipv6.find((one) => one.gateway);
  return [
    ...(primary ? [`route replace default via ${checked(primary.gateway!)}`] : []),
    ...(six ? [`route replace ::/0 via ${checkedIpv6(six.gateway!)}`] : []),
  ];
}

/** Nobody else has it (NAPI knows), so nobody is asked. */
function ipv6Commands(nic: VmNic, name: string): string[] {
  const six = ipv6Of(nic);
  return six === null
    ? []
    : [`addr add ${checkedIpv6(six.ip)}/${prefixOfIpv6(`/${six.prefix}`)} dev ${name} nodad`];
}

/** What changes inside a namespace that runs: `gone` are interfaces, `come` nics with theirs; `nics` are all from now on. */
export function changeBatch(gone: string[], come: { nic: VmNic; name: string }[], nics: VmNic[]): string {
  return lines([
    ...gone.map((name) => `link del ${name}`),
    ...come.flatMap(({ nic, name }) => upCommands(nic, name, nic.mtu ?? 0)),
    ...routeCommands(nics),
  ]);
}

/** Takes a namespace off the wire at once: its address may be given to another VM the next moment. */
export function unplugBatch(links: string[]): string {
  return lines(links.map((link) => `link set ${link} down`));
}

/** Removes a namespace and its links. Links first: a process that still sits in the namespace would keep them alive. */
export function destroyBatch(netns: string[], links: string[]): string {
  return lines([...links.map((link) => `link del ${link}`), ...netns.map((name) => `netns del ${name}`)]);
}

function lines(commands: string[]): string {
  return commands.map((command) => `${command}\n`).join('');
}

function checked(ip: string): string {
  if (!isIPv4(ip)) throw new RangeError(`not an IPv4 address: '${ip}'`);
  return ip;
}

function checkedIpv6(ip: string): string {
  if (!isIPv6(ip) || ip.includes('%')) throw new RangeError(`not an IPv6 address: '${ip}'`);
  return ip;
}

function prefixOfIpv6(cidr: string): number {
  const prefix = Number(cidr.split('/')[1]);
  if (!Number.isInteger(prefix) || prefix < 1 || prefix > 128)
    throw new RangeError(`not an IPv6 subnet: '${cidr}'`);
  return prefix;
}

function wholeNumber(value: number): number {
  if (!Number.isInteger(value) || value < 68 || value > 65_535) throw new RangeError(`not an MTU: ${value}`);
  return value;
}
