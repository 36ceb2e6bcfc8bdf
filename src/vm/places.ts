// A container's places on networks: taking one (a nic and the record of it), and those that its start finds open.
import { interfaceOptions } from '#lib/docker-vm/endpoint-options.ts';
import { type DockerEndpoint, endpointKey, endpointsOf } from '#lib/docker-vm/endpoints.ts';
import { hasRestCode } from '#lib/wire/errors.ts';
import type { Vm, VmNic } from '#lib/wire/types.ts';
import type { Req } from '#src/context.ts';
import { DockerError, forbidden } from '#src/errors.ts';
import { type AccountNetwork, networksOf, pickNetwork } from '#src/networks/lookup.ts';
import { hasCapability, requireCapability } from './capability.ts';
import { INTERFACE_OPTIONS, NO_INTERFACE_OPTIONS, placedOn, toNetworkRequest } from './endpoint-settings.ts';
import { takeIdleAddresses } from './idle-addresses.ts';
import { dockerIdOf } from './metadata.ts';
import { isAddressTaken, isConfigOnly, SETUP, toNicError } from './nic-errors.ts';
import { outliving } from './outlive.ts';
import { isRunning } from './state.ts';
import { asDocker } from './triton-errors.ts';

/** The compute node changes the nics of a running VM. */
export const NICS_LIVE = 'docker_nics_live';

/** A nic, and the record of it; neither stays without the other. Throws DockerError. */
export async function addPlace(
  req: Req,
  vm: Vm,
  { network, network6, resource }: AccountNetwork,
  endpoint: DockerEndpoint,
): Promise<void> {
  if (resource.ConfigOnly) throw isConfigOnly();
  if (network === null) return;
  if (interfaceOptions(endpoint) !== null)
    await requireCapability(req, vm, INTERFACE_OPTIONS, NO_INTERFACE_OPTIONS);
  if (isRunning(vm)) await requireLive(req, vm);
  const { vmapi } = req.app.triton;
  const opts = { owner_uuid: req.account.uuid };
  const call = outliving(req.call);
  // With the places that it has: of a VM from before there were records they stood nowhere.
  const places = new Map(endpointsOf(vm)).set(resource.Name, placedOn(network, endpoint));
  const metadata = Object.fromEntries(
    [...places].map(([name, place]) => [endpointKey(name), JSON.stringify(place)]),
  );
  const context = { ref: vm.alias ?? '', id: dockerIdOf(vm) };
  // A real VMAPI takes no metadata with nics.
  const together = await hasCapability(req, vm, NICS_LIVE);
  if (!together) await asDocker(vmapi.setInternalMetadata(vm.uuid, metadata, opts, call), context);
  const networks = [toNetworkRequest(network, endpoint, network6)];
  const add = () => vmapi.addNics(vm.uuid, { networks, ...(together ? { metadata } : {}) }, opts, call);
  try {
    await add().catch(async (err) => {
      if (!isAddressTaken(err) || !(await takeIdleAddresses(req, vm, placedOn(network, endpoint)))) throw err;
      await add();
    });
  } catch (err) {
    // A wish that was there before stays one.
    if (!together && !endpointsOf(vm).has(resource.Name)) {
      const remove = { remove_internal_metadata: [endpointKey(resource.Name)] };
      await asDocker(vmapi.updateVm(vm.uuid, remove, opts, call), context);
    }
    throw toNicError(err, context);
  }
}

/** Nics that were taken before the start, one after the other, before it says so. */
const TRIES = 5;

/**
 * Runs `start` with the MAC addresses of the VM's nics, those among them that it lacked and was given for this. A neighbour that asks for
 * its address at the same moment may take one before it runs: then again, and it is the neighbour's. Throws DockerError.
 */
export async function startWithNics(
  req: Req,
  vm: Vm,
  start: (macs: string[]) => Promise<unknown>,
): Promise<void> {
  let now = vm;
  for (let tries = 0; tries < TRIES; tries++) {
    // What it was given may be gone again when it is read.
    const given = await fulfilPlaces(req, now);
    if (!given && (await startsWith(now.nics, start))) return;
    now = await readAgain(req, vm);
  }
  throw forbidden(`${SETUP}Address already in use`);
}

/** False when it has other nics by then. */
async function startsWith(nics: VmNic[], start: (macs: string[]) => Promise<unknown>): Promise<boolean> {
  try {
    await start(nics.map(({ mac }) => mac));
    return true;
  } catch (err) {
    if (hasRestCode(err, 'NicsChanged')) return false;
    throw err;
  }
}

function readAgain(req: Req, { uuid }: Vm): Promise<Vm> {
  return req.app.triton.vmapi.getVm(uuid, { owner_uuid: req.account.uuid }, outliving(req.call));
}

/** Gives a container that is about to start a nic on each network that it has a place on and no nic; says whether it was given any. */
async function fulfilPlaces(req: Req, vm: Vm): Promise<boolean> {
  const held = new Set(vm.nics.map(({ network_uuid }) => network_uuid));
  const places = [...endpointsOf(vm)];
  const open = places.filter(([, { NetworkID }]) => ![...held].some((uuid) => sameNetwork(uuid, NetworkID)));
  if (open.length === 0) return false;
  const all = await networksOf(req);
  let given = false;
  for (const [name, endpoint] of open) {
    try {
      const on = pickNetwork(all, name);
      await addPlace(req, vm, on, endpoint);
      given ||= on.network !== null;
    } catch (err) {
      if (!(err instanceof DockerError)) throw err;
      throw new DockerError(err.kind, SETUP + err.clientMessage, err);
    }
  }
  return given;
}

export async function requireLive(req: Req, vm: Vm): Promise<void> {
  const why = 'this compute node changes the networks of a container only while it is stopped';
  await requireCapability(req, vm, NICS_LIVE, why);
}

function sameNetwork(uuid: string, id: string): boolean {
  const hex = uuid.replaceAll('-', '');
  return id === hex + hex;
}
