// Which Triton networks a container is put on, from Docker's NetworkMode and endpoints.
import { type DockerEndpoint, endpointKey, withGateway } from '#lib/docker-vm/endpoints.ts';
import type { VmNetworkRequest, VmNic } from '#lib/wire/types.ts';
import type { CreateRequest } from '#src/containers/types.ts';
import { DockerError, unavailable } from '#src/errors.ts';
import { type AccountNetwork, type NetworkLookup, networksOf, pickNetwork } from '#src/networks/lookup.ts';
import { decodeEndpoint, placedOn, toNetworkRequest, validateEndpoint } from '#src/vm/endpoint-settings.ts';
import { noneIsAlone, sharesAnother } from '#src/vm/nic-errors.ts';
import { asDocker } from '#src/vm/triton-errors.ts';
import { hasOwnAddress } from './published-ports.ts';
import { requireInterfaces } from './require-interfaces.ts';

/** What a create is to ask VMAPI for, and what is recorded of each place. */
export interface ChosenNetworks {
  networks: VmNetworkRequest[];
  /** By Docker's name of the network. */
  endpoints: Record<string, DockerEndpoint>;
}

const NOTHING: ChosenNetworks = { networks: [], endpoints: {} };

/**
 * bridge is the default network of the account, none is nothing. A network that is not there (yet) gives no nic: the start looks for it
 * again, and says so when it still is not. A container that shall have no network can be connected to one later. Throws DockerError.
 */
export async function chooseNetworks(req: NetworkLookup, request: CreateRequest): Promise<ChosenNetworks> {
  const mode = request.hostConfig.NetworkMode;
  const others = Object.keys(request.endpoints).filter((name) => name !== mode);
  if (mode === 'none' && others.length > 0) throw noneIsAlone();
  if ((mode === 'host' || mode.startsWith('container:')) && others.length > 0) throw sharesAnother();
  if (!hasOwnAddress(mode)) {
    validateEndpoint(mode, null, decodeEndpoint(request.endpoints[mode]));
    return NOTHING;
  }
  if (request.config.NetworkDisabled) return NOTHING;
  const all = await networksOf(req);
  const asked = askedEndpoints(request, mode).map(([ref, raw]) => choose(all, ref, decodeEndpoint(raw)));
  if (asked.some(({ name }) => name === 'none')) throw noneIsAlone();
  if (asked.some(({ name }) => name === 'host')) throw sharesAnother();
  const places = asked.map(({ endpoint }) => endpoint);
  await asDocker(requireInterfaces(req.app.triton.cnapi, places, req.call), { ref: '' });
  const bridge = asked.find(({ name }) => name === 'bridge');
  if (bridge && bridge.found === null)
    throw unavailable(`the default network ${req.app.config.defaultNetwork} does not exist`);
  const endpoints = Object.fromEntries(asked.map(({ name, endpoint }) => [name, endpoint]));
  const placed = asked.filter(({ found }) => found?.network);
  const networks = placed.map(({ found, endpoint }) =>
    toNetworkRequest(found!.network!, endpoint, found!.network6),
  );
  return { networks: withPrimary(networks, placed), endpoints };
}

/** Without nics for what asks for an address or a MAC address; the records stay. Pure. */
export function withoutAsked({ networks, endpoints }: ChosenNetworks): ChosenNetworks {
  const any = ({ ip, ipv6_ips, mac }: VmNetworkRequest) => !ip && !ipv6_ips && !mac;
  return { networks: networks.filter(any), endpoints };
}

interface Chosen {
  name: string;
  found: AccountNetwork | null;
  endpoint: DockerEndpoint;
}

/** The mode's own first. */
function askedEndpoints(
  { endpoints }: CreateRequest,
  mode: string,
): [string, Record<string, unknown> | null | undefined][] {
  const rest = Object.entries(endpoints).filter(([name]) => name !== mode);
  return [[mode, endpoints[mode]], ...rest];
}

function choose(all: AccountNetwork[], ref: string, endpoint: DockerEndpoint): Chosen {
  const found = pickOrNull(all, ref);
  const name = found?.resource.Name ?? ref;
  validateEndpoint(name, found, endpoint);
  return { name, found, endpoint: found?.network ? placedOn(found.network, endpoint) : endpoint };
}

function pickOrNull(all: AccountNetwork[], ref: string): AccountNetwork | null {
  try {
    return pickNetwork(all, ref);
  } catch (err) {
    if (err instanceof DockerError && err.kind === 'notFound') return null;
    throw err;
  }
}

/** The primary nic is the one whose gateway is the default route, by the rule that the compute node has for it too. */
function withPrimary(networks: VmNetworkRequest[], placed: Chosen[]): VmNetworkRequest[] {
  const nics = placed.map(({ found }) => {
    const { uuid, gateway, internet_nat } = found!.network!;
    return { network_uuid: uuid, ...(gateway && internet_nat !== false ? { gateway } : {}) } as VmNic;
  });
  const internal_metadata = Object.fromEntries(
    placed.map(({ name, endpoint }) => [endpointKey(name), JSON.stringify(endpoint)]),
  );
  const chosen = withGateway({ nics, internal_metadata }).findIndex((nic) => nic.primary);
  return networks.map((network, at) =>
    at === Math.max(chosen, 0) ? { ...network, primary: true } : network,
  );
}
