// What dockerd checks in a network create request before it makes anything, with its texts.
import { type DockerError, forbidden, invalid, notFound, notImplemented } from '#src/errors.ts';
import { validateConfigNetwork, validateTaker } from './config-networks.ts';
import type { NetworkRequest } from './decode.ts';
import { PREDEFINED } from './from-network.ts';
import { refuseSeveral, validateIpam } from './validate-ipam.ts';

const NO_SWARM =
  'This node is not a swarm manager. Use "docker swarm init" or "docker swarm join" to connect this node to swarm and try again.';
/** Options of the bridge driver that would change something here, and their values that ask for nothing. */
const BRIDGE_OPTIONS: Readonly<Record<string, readonly string[]>> = {
  'com.docker.network.bridge.name': [''],
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
const ICC = 'com.docker.network.bridge.enable_icc';
const MASQUERADE = 'com.docker.network.bridge.enable_ip_masquerade';

/** Its containers shall not reach each other (enable_icc=false). Pure. */
export function asksToStayApart({ options }: Pick<NetworkRequest, 'options'>): boolean {
  return goBool(options[ICC]) === false;
}

/** What leaves the machine shall keep its own address (enable_ip_masquerade=false). Pure. */
export function asksToStayPlain({ options }: Pick<NetworkRequest, 'options'>): boolean {
  return goBool(options[MASQUERADE]) === false;
}

/** As Go reads a truth; undefined for what is none. */
function goBool(text: string | undefined): boolean | undefined {
  if (['1', 't', 'T', 'true', 'TRUE', 'True'].includes(text ?? '')) return true;
  return ['0', 'f', 'F', 'false', 'FALSE', 'False'].includes(text ?? '') ? false : undefined;
}

/** Throws DockerError: what dockerd refuses, and by name what is not built here. */
export function validateNetwork(request: NetworkRequest): void {
  if (PREDEFINED.includes(request.name))
    throw forbidden(`operation is not permitted on predefined ${request.name} network `);
  if (request.driver === 'overlay') throw forbidden(NO_SWARM);
  validateIpam(request.ipam.config, request.enableIPv6);
  if (request.name.trim() === '') throw invalid('invalid name: name is empty');
  // Its driver, and what there is for drivers only, is nobody's business until another network takes it.
  if (request.configOnly) {
    validateConfigNetwork(request);
    return;
  }
  validateDriver(request.driver);
  if (request.scope === 'swarm' || request.ingress) throw forbidden(NO_SWARM);
  if (request.configFrom !== '') validateTaker(request);
}

/** The same of settings that may be another network's. Throws DockerError. */
export function validateSettings(request: Omit<NetworkRequest, 'name'>): void {
  if (!request.enableIPv4 && !request.enableIPv6) throw invalid('IPv4 or IPv6 must be enabled');
  if (!request.enableIPv4) throw missing('a network without IPv4 (--ipv4=false)');
  if (!['', 'default'].includes(request.ipam.driver)) throw noPlugin(request.ipam.driver);
  for (const [option, value] of Object.entries(request.options)) {
    const harmless = BRIDGE_OPTIONS[option];
    if (harmless !== undefined && !harmless.includes(value)) throw missing(`the network option ${option}`);
  }
  for (const option of [ICC, MASQUERADE]) {
    const value = request.options[option];
    if (value !== undefined && value !== '' && goBool(value) === undefined)
      throw invalid(
        `invalid value for ${option}: strconv.ParseBool: parsing ${JSON.stringify(value)}: invalid syntax`,
      );
  }
  const mtu = request.options[MTU_OPTION];
  if (mtu !== undefined && !(/^\d{1,5}$/.test(mtu) && Number(mtu) >= 576 && Number(mtu) <= 9000))
    throw invalid(`invalid MTU '${mtu}': sdc-docker takes 576 to 9000`);
  refuseSeveral(request.ipam.config, request.enableIPv6);
}

function validateDriver(driver: string): void {
  if (['', 'default', 'bridge'].includes(driver)) return;
  if (driver === 'host' || driver === 'null')
    throw forbidden(`only one instance of "${driver}" network is allowed`);
  if (driver === 'macvlan' || driver === 'ipvlan') throw missing(`the network driver ${driver}`);
  throw noPlugin(driver);
}

function noPlugin(driver: string): DockerError {
  return notFound(`could not find plugin ${driver} in v1 plugin registry: plugin not found`);
}

function missing(what: string): DockerError {
  return notImplemented(`${what} is not implemented yet by sdc-docker`);
}
