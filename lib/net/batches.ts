// Texts for `ip -batch -`: one command a line, without the word "ip". Everything from outside is checked before it is written.
import { formatIp, parseBlock, parseIp } from '#lib/wire/ip.ts';
import { ipv6Of } from '#lib/wire/nic-ipv6.ts';
import type { VmNic } from '#lib/wire/types.ts';
import { macOf, prefixOf, type Subnet } from './addresses.ts';
import { cannotSet, type NamedNic } from './interface-names.ts';
import type { Names } from './names.ts';
import type { ContainerNic } from './types.ts';

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
    ...(gateway === null ? [] : [checkedBlock(`${gateway}/${subnet.split('/')[1]}`)]),
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
 * MACs and addresses of nics, whose links are there and down, with packets of `mtu` (null: of their nics'). Runs inside the namespace.
 * A MAC as the alias tells ours from what a container with rights makes itself. Throws a RangeError for a nic that is not sound.
 */
export function addressBatch(named: NamedNic[], mtu: number | null): string {
  return lines(
    named.flatMap(({ nic, name }) => {
      if (!MAC.test(nic.mac)) throw new RangeError(`not a MAC address: '${nic.mac}'`);
      const size =
        mtu !== null && nic.mtu !== undefined && nic.mtu !== mtu ? ` mtu ${wholeNumber(nic.mtu)}` : '';
      return [
        `link set dev ${name} address ${nic.mac}${size} alias ${nic.mac}`,
        `addr add ${checked(nic.ip)}/${prefixOf(nic.netmask)} brd + dev ${name}`,
        ...ipv6Commands(nic, name),
        ...linkLocalCommands(nic, name),
      ];
    }),
  );
}

/** Then they come up; the default route is that of `all` the nics of the namespace. */
export function upBatch(named: NamedNic[], all: VmNic[]): string {
  return lines([...named.map(({ name }) => `link set dev ${name} up`), ...routeCommands(all)]);
}

/** Docker's sizes of their networks. */
function linkLocalCommands(nic: ContainerNic, name: string): string[] {
  const asked = (nic.linkLocal ?? []).map((text) => {
    const ip = parseIp(text);
    if (ip === null) throw new RangeError(`not an address: '${text}'`);
    return { family: ip.family, address: `${formatIp(ip)}/${ip.family === 4 ? 16 : 64}` };
  });
  // IPv6 is off on it, and the kernel would say the same.
  if (ipv6Of(nic) === null && asked.some(({ family }) => family === 6)) {
    const all = asked.map(({ address }) => address).join(' ');
    throw cannotSet(nic, `link local IPs to [${all}]: permission denied`);
  }
  return asked.map(
    ({ family, address }) => `addr add ${address} ${family === 4 ? 'brd +' : 'nodad'} dev ${name}`,
  );
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
  return six === null ? [] : [`addr add ${checkedBlock(`${six.ip}/${six.prefix}`)} dev ${name} nodad`];
}

/** Takes a namespace off the wire at once: its address may be given to another VM the next moment. */
export function unplugBatch(links: string[]): string {
  return lines(links.map((link) => `link set ${link} down`));
}

/** Removes interfaces of a namespace that runs. */
export function goneBatch(names: string[]): string {
  return lines(names.map((name) => `link del dev ${name}`));
}

/** Removes a namespace and its links. Links first: a process that still sits in the namespace would keep them alive. */
export function destroyBatch(netns: string[], links: string[]): string {
  return lines([...links.map((link) => `link del ${link}`), ...netns.map((name) => `netns del ${name}`)]);
}

function lines(commands: string[]): string {
  return commands.map((command) => `${command}\n`).join('');
}

function checked(ip: string): string {
  if (parseIp(ip)?.family !== 4) throw new RangeError(`not an IPv4 address: '${ip}'`);
  return ip;
}

function checkedIpv6(ip: string): string {
  if (parseIp(ip)?.family !== 6) throw new RangeError(`not an IPv6 address: '${ip}'`);
  return ip;
}

/** An IPv6 address with the size of its network. */
function checkedBlock(cidr: string): string {
  if (parseBlock(cidr)?.family !== 6) throw new RangeError(`not an IPv6 address of a network: '${cidr}'`);
  return cidr;
}

function wholeNumber(value: number): number {
  if (!Number.isInteger(value) || value < 68 || value > 65_535) throw new RangeError(`not an MTU: ${value}`);
  return value;
}
