// A VM's places on Docker networks: one metadata key for each, read by the daemon, by the compute node and by the name server.
//
//   docker:endpoint:<network name> = {"NetworkID": 64 hex, "Aliases": […], "Links": ["name:alias"], …}
//
// A place is taken when the VM has a nic on that network; a key without such a nic is a wish that its next start fulfils.
import type { Scalar, Vm, VmNic } from '#lib/wire/types.ts';
import { shortId, uuidToDoubleId } from './ids.ts';
import { MD } from './metadata.ts';

const PREFIX = 'docker:endpoint:';

/** What was asked for; addresses in use stand on the nic. */
export interface DockerEndpoint {
  /** 64 hex; '' until the network has been found. */
  NetworkID: string;
  IPAMConfig: Record<string, unknown> | null;
  /** 'container:alias' or 'container'. */
  Links: string[] | null;
  Aliases: string[] | null;
  /** '' when none was asked for. */
  MacAddress: string;
  DriverOpts: Record<string, string> | null;
  GwPriority: number;
}

/** One nic and what Docker knows of it. */
export interface Place {
  /** The network's Docker name; its id where nobody told Docker of the nic. */
  network: string;
  endpoint: DockerEndpoint | null;
  nic: VmNic;
}

type NamedVm = Pick<Vm, 'uuid' | 'alias' | 'internal_metadata'>;
type PlacedVm = Pick<Vm, 'nics' | 'internal_metadata'>;

/** The metadata key of a network. */
export function endpointKey(network: string): string {
  return PREFIX + network;
}

/**
 * By network name; broken records are left out. A VM from before there were records has a place on the network of its mode, unless it
 * was taken from all of them. Pure.
 */
export function endpointsOf({ nics, internal_metadata: metadata }: PlacedVm): Map<string, DockerEndpoint> {
  const found = new Map<string, DockerEndpoint>();
  for (const [key, value] of Object.entries(metadata)) {
    if (!key.startsWith(PREFIX) || typeof value !== 'string') continue;
    const endpoint = parse(value);
    if (endpoint) found.set(key.slice(PREFIX.length), endpoint);
  }
  const [only] = nics;
  if (found.size === 0 && only) {
    found.set(modeOf(metadata), { ...NOTHING_ASKED, NetworkID: uuidToDoubleId(only.network_uuid) });
  }
  return found;
}

/** The VM's nics with the networks that they are on. Pure. */
export function placesOf(vm: PlacedVm): Place[] {
  const byId = new Map([...endpointsOf(vm)].map((entry) => [entry[1].NetworkID, entry]));
  return vm.nics.map((nic) => {
    const id = uuidToDoubleId(nic.network_uuid);
    const [network, endpoint] = byId.get(id) ?? [id, null];
    return { network, endpoint, nic };
  });
}

/** Those on networks where neighbours know each other by name: the ones that users have made. Pure. */
export function namedPlaces(vm: PlacedVm): Place[] {
  return placesOf(vm).filter(({ network, endpoint }) => endpoint !== null && network !== 'bridge');
}

/**
 * The nics with `primary` on the one whose gateway is the default route: Docker's rule, which a connect may change. Without records
 * Triton's choice stands. Pure.
 */
export function withGateway(vm: PlacedVm): VmNic[] {
  if (!Object.keys(vm.internal_metadata).some((key) => key.startsWith(PREFIX))) return vm.nics;
  const [first] = placesOf(vm)
    .filter(({ nic }) => nic.gateway !== undefined)
    .sort(gatewayOrder);
  return vm.nics.map((nic) => ({ ...nic, primary: nic === first?.nic }));
}

/** Highest priority first, then by name. */
function gatewayOrder(a: Place, b: Place): number {
  const priority = (b.endpoint?.GwPriority ?? 0) - (a.endpoint?.GwPriority ?? 0);
  return priority || (a.network < b.network ? -1 : 1);
}

/** What others on a network may call the VM, without repeats: its name, its aliases there, its short id, its host name. Pure. */
export function namesOn(vm: NamedVm & Pick<Vm, 'hostname'>, endpoint: DockerEndpoint | null): string[] {
  const id = vm.internal_metadata[MD.id];
  const short = shortId(typeof id === 'string' ? id : vm.uuid.replaceAll('-', ''));
  const names = [vm.alias ?? '', ...(endpoint?.Aliases ?? []), short, vm.hostname ?? ''];
  return [...new Set(names)].filter((name) => name !== '');
}

const NOTHING_ASKED: DockerEndpoint = {
  NetworkID: '',
  IPAMConfig: null,
  Links: null,
  Aliases: null,
  MacAddress: '',
  DriverOpts: null,
  GwPriority: 0,
};

/** Docker's name of the network that a VM was made on. */
function modeOf(metadata: Record<string, Scalar>): string {
  try {
    const { NetworkMode: mode } = JSON.parse(String(metadata[MD.hostConfig])) as { NetworkMode?: string };
    return mode === undefined || mode === '' || mode === 'default' ? 'bridge' : mode;
  } catch {
    return 'bridge';
  }
}

function parse(json: string): DockerEndpoint | null {
  try {
    const value = JSON.parse(json) as Partial<DockerEndpoint> | null;
    if (typeof value !== 'object' || value === null || typeof value.NetworkID !== 'string') return null;
    return { ...NOTHING_ASKED, ...value };
  } catch {
    return null;
  }
}
