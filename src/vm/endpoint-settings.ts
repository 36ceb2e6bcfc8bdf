// Docker's EndpointSettings as a client sends them: decoded, checked, and kept as the record of a VM's place on a network.
import type { DockerEndpoint } from '#lib/docker-vm/endpoints.ts';
import { contains, type Family, type Ip, parseBlock, parseIp } from '#lib/wire/ip.ts';
import type { Network, VmNetworkRequest } from '#lib/wire/types.ts';
import { Fields } from '#src/api/fields.ts';
import { invalid, notImplemented } from '#src/errors.ts';
import { networkIdOf } from '#src/vm/network-ids.ts';

const MAC = /^[0-9a-f]{2}([:-][0-9a-f]{2}){5}$/i;

/** Throws DockerError invalid for wrong types, notImplemented for what is not built. NetworkID is '': the caller knows it. */
export function decodeEndpoint(raw: Record<string, unknown> | null | undefined): DockerEndpoint {
  const f = new Fields(raw ?? {}, 'EndpointSettings');
  const ipam = f.object('IPAMConfig');
  if (ipam?.strings('LinkLocalIPs')?.length) throw missing('link-local addresses (--link-local-ip)');
  const DriverOpts = f.stringMap('DriverOpts');
  if (Object.keys(DriverOpts ?? {}).length > 0) throw missing('driver options of an endpoint (driver-opt)');
  const MacAddress = f.string('MacAddress');
  if (MacAddress !== '' && !MAC.test(MacAddress))
    throw invalid(`invalid MAC address: address ${MacAddress}: invalid MAC address`);
  return {
    NetworkID: '',
    IPAMConfig: ipam?.raw ?? null,
    Links: f.strings('Links'),
    Aliases: f.strings('Aliases'),
    MacAddress,
    DriverOpts,
    GwPriority: f.integer('GwPriority'),
  };
}

type Subnet = Pick<Network, 'subnet'> | null;
/** The two networks of the datacenter that are one of Docker's; see AccountNetwork. */
type Halves = { network: Subnet; network6: Subnet };

/** dockerd's checks of what is asked of one network; all that is wrong is told, a line each. Throws DockerError invalid. */
export function validateEndpoint(
  name: string,
  found: Halves | null,
  { IPAMConfig, Aliases }: DockerEndpoint,
): void {
  const asked = ([4, 6] as const).map((family) => ({ family, text: askedIp(IPAMConfig, family) }));
  const given = asked.filter(({ text }) => text !== '');
  const errors: string[] = [];
  if (!isUserDefined(name)) {
    if (given.length > 0) errors.push('user-specified IP address is supported on user-defined networks only');
    if ((Aliases ?? []).length > 0)
      errors.push('network-scoped aliases are only supported for user-defined networks');
  }
  for (const { family, text } of given) {
    const ip = parseIp(text);
    const half = family === 4 ? found?.network : found?.network6;
    if (ip === null || ip.family !== family || ip.value === 0n)
      errors.push(`invalid IPv${family} address: ${text}`);
    else if (found?.network && isUserDefined(name) && !holds(half ?? null, ip))
      errors.push(`no configured subnet contains IP address ${text}`);
  }
  if (errors.length > 0) throw invalid(`invalid endpoint settings:\n${errors.join('\n')}`);
}

/** What VMAPI is asked for. Pure. */
export function toNetworkRequest(
  network: Pick<Network, 'uuid'>,
  endpoint: DockerEndpoint,
  network6: Pick<Network, 'uuid'> | null,
): VmNetworkRequest {
  const [ip, ip6] = [askedIp(endpoint.IPAMConfig, 4), askedIp(endpoint.IPAMConfig, 6)];
  return {
    uuid: network.uuid,
    ...(network6 === null ? {} : { ipv6_uuid: network6.uuid }),
    ...(network6 === null || ip6 === '' ? {} : { ipv6_ips: [ip6] }),
    ...(ip === '' ? {} : { ip }),
    ...(endpoint.MacAddress === '' ? {} : { mac: endpoint.MacAddress }),
  };
}

/** The record, once the network is known. Pure. */
export function placedOn(network: Pick<Network, 'uuid'>, endpoint: DockerEndpoint): DockerEndpoint {
  return { ...endpoint, NetworkID: networkIdOf(network.uuid) };
}

/** Not one of those that are always there. */
export function isUserDefined(name: string): boolean {
  return !['', 'default', 'bridge', 'host', 'none'].includes(name) && !name.startsWith('container:');
}

function askedIp(ipam: Record<string, unknown> | null, family: Family): string {
  return String(ipam?.[family === 4 ? 'IPv4Address' : 'IPv6Address'] ?? '');
}

function holds(network: Pick<Network, 'subnet'> | null, ip: Ip): boolean {
  const block = parseBlock(network?.subnet ?? '');
  return block !== null && contains(block, ip);
}

function missing(what: string) {
  return notImplemented(`${what} is not implemented yet by sdc-docker`);
}
