// Docker's EndpointSettings as a client sends them: decoded, checked, and kept as the record of a VM's place on a network.
import { isIPv4, isIPv6 } from 'node:net';
import type { DockerEndpoint } from '#lib/docker-vm/endpoints.ts';
import { ipToNumber, rangeOf } from '#lib/wire/ipv4.ts';
import type { Network, VmNetworkRequest } from '#lib/wire/types.ts';
import { Fields } from '#src/api/fields.ts';
import { invalid, notImplemented } from '#src/errors.ts';
import { networkIdOf } from '#src/vm/network-ids.ts';

const MAC = /^[0-9a-f]{2}([:-][0-9a-f]{2}){5}$/i;

/** Throws DockerError invalid for wrong types, notImplemented for what is not built. NetworkID is '': the caller knows it. */
export function decodeEndpoint(raw: Record<string, unknown> | null | undefined): DockerEndpoint {
  const f = new Fields(raw ?? {}, 'EndpointSettings');
  const ipam = f.object('IPAMConfig');
  if (ipam?.string('IPv6Address')) throw missing('an IPv6 address (--ip6)');
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

/** dockerd's checks of what is asked of one network; all that is wrong is told, a line each. Throws DockerError invalid. */
export function validateEndpoint(
  name: string,
  network: Pick<Network, 'subnet'> | null,
  { IPAMConfig, Aliases }: DockerEndpoint,
): void {
  const ip = askedIp(IPAMConfig);
  const errors: string[] = [];
  if (!isUserDefined(name)) {
    if (ip !== '') errors.push('user-specified IP address is supported on user-defined networks only');
    if ((Aliases ?? []).length > 0)
      errors.push('network-scoped aliases are only supported for user-defined networks');
  }
  const isAddress = isIPv4(ip) && ip !== '0.0.0.0';
  if (ip !== '' && !isAddress) errors.push(`invalid IPv4 address: ${ip}`);
  if (isAddress && network !== null && isUserDefined(name) && !contains(network.subnet, ip))
    errors.push(`no configured subnet contains IP address ${ip}`);
  if (errors.length > 0) throw invalid(`invalid endpoint settings:\n${errors.join('\n')}`);
}

/** What VMAPI is asked for. Pure. */
export function toNetworkRequest(network: Pick<Network, 'uuid'>, endpoint: DockerEndpoint): VmNetworkRequest {
  const ip = askedIp(endpoint.IPAMConfig);
  return {
    uuid: network.uuid,
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

function askedIp(ipam: Record<string, unknown> | null): string {
  const ip = ipam?.IPv4Address;
  return typeof ip === 'string' && !isIPv6(ip) ? ip : String(ip ?? '');
}

function contains(subnet: string, ip: string): boolean {
  const range = rangeOf(subnet);
  const number = ipToNumber(ip);
  return range !== null && number !== null && number >= range.first && number <= range.last;
}

function missing(what: string) {
  return notImplemented(`${what} is not implemented yet by sdc-docker`);
}
