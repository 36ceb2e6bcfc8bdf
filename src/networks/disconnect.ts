// NetworkDisconnect: POST /networks/:id/disconnect.
import { endpointKey, endpointsOf, placesOf } from '#lib/docker-vm/endpoints.ts';
import type { Vm } from '#lib/wire/types.ts';
import { bodyFields } from '#src/api/fields.ts';
import { findContainer } from '#src/containers/lookup.ts';
import type { Reply, Req } from '#src/context.ts';
import { DockerError, internal, invalid } from '#src/errors.ts';
import { hasCapability } from '#src/vm/capability.ts';
import { dockerIdOf, hostConfigOf } from '#src/vm/metadata.ts';
import { outliving } from '#src/vm/outlive.ts';
import { NICS_LIVE, requireLive } from '#src/vm/places.ts';
import { isRunning } from '#src/vm/state.ts';
import { asDocker } from '#src/vm/triton-errors.ts';
import { findNetwork } from './lookup.ts';

/** 200. The disconnect event comes with the change of the VM. `Force` also takes a place on a network that is gone. */
export async function networkDisconnect(req: Req): Promise<Reply> {
  const f = bodyFields(await req.json(), 'network.DisconnectRequest');
  const vm = await findContainer(req, f.string('Container'));
  const name = await networkName(req, req.params.id!, f.boolean('Force') || !isRunning(vm));
  if (name === 'host' && hostConfigOf(vm).NetworkMode === 'host') {
    throw invalid(
      'cannot disconnect container from host network - container was created in host network mode',
    );
  }
  await removePlace(req, vm, name);
  return { status: 200 };
}

async function removePlace(req: Req, vm: Vm, name: string): Promise<void> {
  const known = endpointsOf(vm).has(name);
  const macs = placesOf(vm)
    .filter(({ network, nic }) => network === name && nic.mac !== '')
    .map(({ nic }) => nic.mac);
  if (!known && macs.length === 0) {
    const the = isRunning(vm) ? '' : 'the ';
    throw internal(`container ${dockerIdOf(vm)} is not connected to ${the}network ${name}`);
  }
  if (isRunning(vm)) await requireLive(req, vm);
  const { vmapi } = req.app.triton;
  const opts = { owner_uuid: req.account.uuid };
  const call = outliving(req.call);
  const context = { ref: vm.alias ?? '', id: dockerIdOf(vm) };
  const metadata = known ? [endpointKey(name)] : [];
  const together = await hasCapability(req, vm, NICS_LIVE);
  if (macs.length > 0) {
    const change = { macs, ...(together ? { metadata } : {}) };
    await asDocker(vmapi.removeNics(vm.uuid, change, opts, call), context);
  }
  // A real VMAPI takes no metadata with nics; without a nic there is only the record.
  if (known && (!together || macs.length === 0)) {
    await asDocker(vmapi.updateVm(vm.uuid, { remove_internal_metadata: metadata }, opts, call), context);
  }
}

/** The network's name; as typed when it is not there and need not be. */
async function networkName(req: Req, ref: string, mayBeGone: boolean): Promise<string> {
  try {
    return (await findNetwork(req, ref)).resource.Name;
  } catch (err) {
    if (mayBeGone && err instanceof DockerError && err.kind === 'notFound') return ref;
    throw err;
  }
}
