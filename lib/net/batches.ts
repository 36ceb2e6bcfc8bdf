// Texts for `ip -batch -`: one command a line, without the word "ip". Everything from outside is checked before it is written.
import { isIPv4 } from 'node:net';
import type { VmNic } from '#lib/wire/types.ts';
import { macOf, prefixOf, type Subnet } from './addresses.ts';
import type { Names } from './names.ts';

const MAC = /^[0-9a-f]{2}(:[0-9a-f]{2}){5}$/i;

/** The bridge, made when `exists` is false, with its address. A fixed MAC, or it would change with the ports. */
export function bridgeBatch(
  names: Names,
  exists: boolean,
  subnet: Subnet,
  gateway: string,
  mtu: number,
): string {
  const { bridge } = names;
  return lines([
    ...(exists ? [] : [`link add ${bridge} type bridge stp_state 0 forward_delay 0`]),
    `link set ${bridge} address ${macOf(checked(gateway))}`,
    `link set ${bridge} mtu ${mtu} addrgenmode none`,
    `addr replace ${checked(gateway)}/${subnet.prefix} brd + dev ${bridge}`,
    `link set ${bridge} up`,
  ]);
}

/** A namespace with `count` veth pairs: eth0… inside, ports of the bridge outside. */
export function makeBatch(names: Names, id: string, count: number, mtu: number): string {
  return lines([`netns add ${names.netns(id)}`, ...wireBatch(names, id, 0, count, mtu)]);
}

/** More pairs for a namespace that has some. */
export function extraNicsBatch(names: Names, id: string, from: number, count: number, mtu: number): string {
  return lines(wireBatch(names, id, from, count, mtu));
}

function wireBatch(names: Names, id: string, from: number, count: number, mtu: number): string[] {
  return Array.from({ length: count }, (_unused, at) => from + at).flatMap((index) => {
    const link = names.link(id, index);
    return [
      `link add ${link} mtu ${mtu} type veth peer name eth${index} mtu ${mtu} netns ${names.netns(id)}`,
      `link set ${link} addrgenmode none master ${names.bridge} up`,
    ];
  });
}

/**
 * What is written when a VM takes a namespace: its MACs, addresses and default route. Runs inside the namespace.
 * Throws a RangeError for a nic that is not sound.
 */
export function claimBatch(nics: VmNic[], mtu: number): string {
  const primary = nics.find((nic) => nic.primary && nic.gateway) ?? nics.find((nic) => nic.gateway);
  return lines([
    ...nics.flatMap((nic, index) => {
      if (!MAC.test(nic.mac)) throw new RangeError(`not a MAC address: '${nic.mac}'`);
      const size = nic.mtu !== undefined && nic.mtu !== mtu ? ` mtu ${wholeNumber(nic.mtu)}` : '';
      return [
        `link set eth${index} address ${nic.mac}${size}`,
        `addr add ${checked(nic.ip)}/${prefixOf(nic.netmask)} brd + dev eth${index}`,
        `link set eth${index} up`,
      ];
    }),
    ...(primary ? [`route add default via ${checked(primary.gateway!)}`] : []),
  ]);
}

/** Takes a namespace off the wire at once: its address may be given to another VM the next moment. */
export function unplugBatch(names: Names, id: string, count: number): string {
  return lines(Array.from({ length: count }, (_unused, index) => `link set ${names.link(id, index)} down`));
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

function wholeNumber(value: number): number {
  if (!Number.isInteger(value) || value < 68 || value > 65_535) throw new RangeError(`not an MTU: ${value}`);
  return value;
}
