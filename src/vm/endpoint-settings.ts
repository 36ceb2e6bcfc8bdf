// Docker's EndpointSettings as a client sends them: decoded, checked, and kept as the record of a VM's place on a network.
import { interfaceOptions } from '#lib/docker-vm/endpoint-options.ts';
import type { DockerEndpoint } from '#lib/docker-vm/endpoints.ts';
import { contains, type Family, type Ip, parseBlock, parseIp } from '#lib/wire/ip.ts';
import type { Network, VmNetworkRequest } from '#lib/wire/types.ts';
import { Fields } from '#src/api/fields.ts';
import { invalid } from '#src/errors.ts';
import { networkIdOf } from '#src/vm/network-ids.ts';

/** The word of compute nodes that can do what an endpoint asks of its interface, and what is said where they cannot. */
export const INTERFACE_OPTIONS = 'docker_interface_options';
export const NO_INTERFACE_OPTIONS =
  'compute nodes of this datacenter give an interface neither a name, sysctls nor link-local addresses of its own (driver-opt com.docker.network.endpoint.ifname and com.docker.network.endpoint.sysctls, --link-local-ip)';

const LINK_LOCAL = ['169.254.0.0/16', 'fe80::/10'].map((cidr) => parseBlock(cidr)!);

const MAC = /^[0-9a-f]{2}([:-][0-9a-f]{2}){5}$/i;

/** Throws DockerError invalid for wrong types. NetworkID is '': the caller knows it. */
export function decodeEndpoint(raw: Record<string, unknown> | null | undefined): DockerEndpoint {
  const f = new Fields(raw ?? {}, 'EndpointSettings');
  const ipam = f.object('IPAMConfig');
  ipam?.strings('LinkLocalIPs');
  const MacAddress = f.string('MacAddress');
  if (MacAddress !== '' && !MAC.test(MacAddress))
    throw invalid(`invalid MAC address: address ${MacAddress}: invalid MAC address`);
  return {
    NetworkID: '',
    IPAMConfig: ipam?.raw ?? null,
    Links: f.strings('Links'),
    Aliases: f.strings('Aliases'),
    MacAddress,
    DriverOpts: f.stringMap('DriverOpts'),
    GwPriority: f.integer('GwPriority'),
  };
}

type Subnet = Pick<Network, 'subnet'> | null;
/** The two networks of the datacenter that are one of Docker's; see AccountNetwork. */
type Halves = { network: Subnet; network6: Subnet };

/** dockerd's checks of what is asked of one network; all that is wrong is told, a line each. Throws DockerError invalid. */
export function validateEndpoint(name: string, found: Halves | null, endpoint: DockerEndpoint): void {
  const { IPAMConfig, Aliases } = endpoint;
  const options = interfaceOptions(endpoint);
  const asked = ([4, 6] as const).map((family) => ({ family, text: askedIp(IPAMConfig, family) }));
  const given = asked.filter(({ text }) => text !== '');
  const errors: string[] = [];
  if (!isUserDefined(name)) {
    if (given.length > 0) errors.push('user-specified IP address is supported on user-defined networks only');
    if ((Aliases ?? []).length > 0)
      errors.push('network-scoped aliases are only supported for user-defined networks');
  }
  const elsewhere: string[] = [];
  for (const { family, text } of given) {
    const ip = parseIp(text);
    const half = family === 4 ? found?.network : found?.network6;
    if (ip === null || ip.family !== family || ip.value === 0n)
      errors.push(`invalid IPv${family} address: ${text}`);
    else if (found?.network && isUserDefined(name) && !holds(half ?? null, ip))
      elsewhere.push(`no configured subnet contains IP address ${text}`);
  }
  const halves = [found?.network ?? null, found?.network6 ?? null];
  for (const text of options?.linkLocal ?? []) {
    const ip = parseIp(text);
    // One of the network itself would be taken behind NAPI's back. dockerd looks at the rest only when the container starts.
    if (
      ip === null ||
      !LINK_LOCAL.some((block) => contains(block, ip)) ||
      halves.some((half) => holds(half, ip))
    )
      errors.push(`invalid link-local IP address: ${text}`);
  }
  errors.push(...elsewhere);
  errors.push(...(options?.sysctls ?? []).filter((text) => !isOfInterface(text)).map(wrongSysctl));
  if (errors.length > 0) throw invalid(`invalid endpoint settings:\n${errors.join('\n')}`);
}

/** What VMAPI is asked for; no IPv6 address for an interface that shall not speak it (as with dockerd, which gives it back). Pure. */
export function toNetworkRequest(
  network: Pick<Network, 'uuid'>,
  endpoint: DockerEndpoint,
  six: Pick<Network, 'uuid'> | null,
): VmNetworkRequest {
  const network6 = turnsIpv6Off(endpoint) ? null : six;
  const [ip, ip6] = [askedIp(endpoint.IPAMConfig, 4), askedIp(endpoint.IPAMConfig, 6)];
  return {
    uuid: network.uuid,
    ...(network6 === null ? {} : { ipv6_uuid: network6.uuid }),
    ...(network6 === null || ip6 === '' ? {} : { ipv6_ips: [ip6] }),
    ...(ip === '' ? {} : { ip }),
    ...(endpoint.MacAddress === '' ? {} : { mac: endpoint.MacAddress }),
  };
}

function turnsIpv6Off(endpoint: DockerEndpoint): boolean {
  const sysctls = interfaceOptions(endpoint)?.sysctls ?? [];
  return sysctls.some((text) => /^net\.ipv6\.conf\.(IFNAME|ifname)\.disable_ipv6=1$/.test(text));
}

/** The record, once the network is known. Pure. */
export function placedOn(network: Pick<Network, 'uuid'>, endpoint: DockerEndpoint): DockerEndpoint {
  return { ...endpoint, NetworkID: networkIdOf(network.uuid) };
}

/** Not one of those that are always there. */
export function isUserDefined(name: string): boolean {
  return !['', 'default', 'bridge', 'host', 'none'].includes(name) && !name.startsWith('container:');
}

/** The addresses that are asked for, of both families. Pure. */
export function askedAddresses({ IPAMConfig }: DockerEndpoint): string[] {
  return ([4, 6] as const).map((family) => askedIp(IPAMConfig, family)).filter((text) => text !== '');
}

function askedIp(ipam: Record<string, unknown> | null, family: Family): string {
  return String(ipam?.[family === 4 ? 'IPv4Address' : 'IPv6Address'] ?? '');
}

function holds(network: Pick<Network, 'subnet'> | null, ip: Ip): boolean {
  const block = parseBlock(network?.subnet ?? '');
  return block !== null && contains(block, ip);
}

/** 'net.ipv4.conf.IFNAME.x=1'; a CLI may have made small letters of it. */
function isOfInterface(sysctl: string): boolean {
  const [, family = '', , place = '', ...rest] = sysctl.split('.');
  return ['ipv4', 'ipv6', 'mpls'].includes(family) && ['IFNAME', 'ifname'].includes(place) && rest.length > 0;
}

function wrongSysctl(sysctl: string): string {
  return `unrecognised network interface sysctl '${sysctl}'; represent 'net.X.Y.ethN.Z=V' as 'net.X.Y.IFNAME.Z=V', 'X' must be 'ipv4', 'ipv6' or 'mpls'`;
}
