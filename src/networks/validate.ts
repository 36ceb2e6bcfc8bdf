// What dockerd checks in a network create request before it makes anything, with its texts.
import { isIPv6 } from 'node:net';
import { cidrOf, type Ipv4Range, ipToNumber, rangeOf } from '#lib/wire/ipv4.ts';
import { DockerError, forbidden, invalid, notFound, notImplemented } from '#src/errors.ts';
import type { IpamRequest, NetworkRequest } from './decode.ts';
import { PREDEFINED } from './from-network.ts';

const NO_SWARM =
  'This node is not a swarm manager. Use "docker swarm init" or "docker swarm join" to connect this node to swarm and try again.';
/** Options of the bridge driver that would change something here, and their values that ask for nothing. */
const BRIDGE_OPTIONS: Readonly<Record<string, readonly string[]>> = {
  'com.docker.network.bridge.name': [''],
  'com.docker.network.bridge.enable_icc': ['', 'true', '1'],
  'com.docker.network.bridge.enable_ip_masquerade': ['', 'true', '1'],
  'com.docker.network.bridge.inhibit_ipv4': ['', 'false', '0'],
  'com.docker.network.bridge.gateway_mode_ipv4': ['', 'nat'],
  'com.docker.network.bridge.gateway_mode_ipv6': ['', 'nat'],
  'com.docker.network.bridge.host_binding_ipv4': ['', '0.0.0.0'],
  'com.docker.network.bridge.trusted_host_interfaces': [''],
  'com.docker.network.container_iface_prefix': ['', 'eth'],
  'com.docker.network.host_ipv4': [''],
  'com.docker.network.enable_ipv4': ['', 'true', '1'],
  'com.docker.network.enable_ipv6': ['', 'false', '0'],
};
export const MTU_OPTION = 'com.docker.network.driver.mtu';

/** Throws DockerError: what dockerd refuses, and by name what is not built here. */
export function validateNetwork(request: NetworkRequest): void {
  if (PREDEFINED.includes(request.name))
    throw forbidden(`operation is not permitted on predefined ${request.name} network `);
  validateDriver(request.driver);
  if (request.scope === 'swarm' || request.ingress) throw forbidden(NO_SWARM);
  if (request.name.trim() === '') throw invalid('invalid name: name is empty');
  if (request.enableIPv6) throw missing('IPv6 (--ipv6)');
  if (!request.enableIPv4) throw missing('a network without IPv4 (--ipv4=false)');
  if (request.configOnly || request.configFrom !== '')
    throw missing('configuration networks (--config-only, --config-from)');
  if (!['', 'default'].includes(request.ipam.driver)) throw noPlugin(request.ipam.driver);
  for (const [option, value] of Object.entries(request.options)) {
    const harmless = BRIDGE_OPTIONS[option];
    if (harmless !== undefined && !harmless.includes(value)) throw missing(`the network option ${option}`);
  }
  const mtu = request.options[MTU_OPTION];
  if (mtu !== undefined && !(/^\d{1,5}$/.test(mtu) && Number(mtu) >= 576 && Number(mtu) <= 9000))
    throw invalid(`invalid MTU '${mtu}': sdc-docker takes 576 to 9000`);
  validateIpam(request.ipam.config);
}

function validateDriver(driver: string): void {
  if (['', 'default', 'bridge'].includes(driver)) return;
  if (driver === 'overlay') throw forbidden(NO_SWARM);
  if (driver === 'host' || driver === 'null')
    throw forbidden(`only one instance of "${driver}" network is allowed`);
  if (driver === 'macvlan' || driver === 'ipvlan') throw missing(`the network driver ${driver}`);
  throw noPlugin(driver);
}

/** dockerd joins all that is wrong, a line each. IPv6 entries are left alone where IPv6 is off, as in dockerd. */
function validateIpam(config: IpamRequest[]): void {
  const errors = config.filter(({ Subnet }) => !isV6(Subnet)).flatMap(ipamErrors);
  if (errors.length > 0) throw invalid(`invalid network config:\n${errors.join('\n')}`);
  if (ipv4Configs(config).length > 1)
    throw new DockerError('forbidden', "bridge driver doesn't support multiple subnets");
}

/** The entries that count. */
export function ipv4Configs(config: IpamRequest[]): IpamRequest[] {
  return config.filter(({ Subnet }) => !isV6(Subnet));
}

function isV6(subnet: string): boolean {
  return isIPv6(subnet.split('/')[0] ?? '');
}

function ipamErrors({ Subnet, IPRange, Gateway, AuxiliaryAddresses }: IpamRequest): string[] {
  if (Subnet === '') {
    const alone = IPRange !== '' || Gateway !== '' || Object.keys(AuxiliaryAddresses).length > 0;
    return alone ? ['a gateway, ip-range or auxiliary address needs a subnet'] : [];
  }
  const subnet = rangeOf(Subnet);
  if (subnet === null) return [`invalid subnet ${Subnet}: invalid CIDR block notation`];
  const errors: string[] = [];
  if (Subnet !== cidrOf(subnet)) errors.push(`invalid subnet ${Subnet}: it should be ${cidrOf(subnet)}`);
  if (subnet.prefix > 30) errors.push(`invalid subnet ${Subnet}: sdc-docker needs four addresses at least`);
  errors.push(...rangeErrors(IPRange, subnet));
  const gateway = addressError(Gateway, subnet);
  if (gateway !== null) errors.push(`invalid gateway ${Gateway}: ${gateway}`);
  for (const [name, address] of Object.entries(AuxiliaryAddresses)) {
    const error = addressError(address, subnet);
    if (error !== null) errors.push(`invalid auxiliary address ${name}: ${error}`);
  }
  return errors;
}

function rangeErrors(text: string, subnet: Ipv4Range): string[] {
  if (text === '') return [];
  const range = rangeOf(text);
  if (range === null) {
    const why = isV6(text) ? 'parent subnet is an IPv4 block' : 'invalid CIDR block notation';
    return [`invalid ip-range ${text}: ${why}`];
  }
  const errors: string[] = [];
  if (range.prefix < subnet.prefix) {
    errors.push(`invalid ip-range ${text}: CIDR block is bigger than its parent subnet ${cidrOf(subnet)}`);
  }
  if (text !== cidrOf(range)) errors.push(`invalid ip-range ${text}: it should be ${cidrOf(range)}`);
  if (range.last < subnet.first || range.first > subnet.last)
    errors.push(`invalid ip-range ${text}: parent subnet ${cidrOf(subnet)} doesn't contain ip-range`);
  return errors;
}

function addressError(text: string, subnet: Ipv4Range): string | null {
  if (text === '') return null;
  if (isIPv6(text)) return 'parent subnet is an IPv4 block';
  const ip = ipToNumber(text);
  if (ip === null) return 'invalid address';
  if (ip < subnet.first || ip > subnet.last)
    return `parent subnet ${cidrOf(subnet)} doesn't contain this address`;
  return null;
}

function noPlugin(driver: string): DockerError {
  return notFound(`could not find plugin ${driver} in v1 plugin registry: plugin not found`);
}

function missing(what: string): DockerError {
  return notImplemented(`${what} is not implemented yet by sdc-docker`);
}
