// NetworkConnect: POST /networks/:id/connect.
import { endpointsOf } from '#lib/docker-vm/endpoints.ts';
import type { Vm } from '#lib/wire/types.ts';
import { bodyFields } from '#src/api/fields.ts';
import { findContainer } from '#src/containers/lookup.ts';
import type { Reply, Req } from '#src/context.ts';
import { forbidden, invalid } from '#src/errors.ts';
import { decodeEndpoint, isUserDefined, validateEndpoint } from '#src/vm/endpoint-settings.ts';
import { hostConfigOf } from '#src/vm/metadata.ts';
import { noneIsAlone, sharesAnother } from '#src/vm/nic-errors.ts';
import { addPlace } from '#src/vm/places.ts';
import { isRunning } from '#src/vm/state.ts';
import { type AccountNetwork, findNetwork } from './lookup.ts';

/** 200. The connect event comes with the change of the VM. */
export async function networkConnect(req: Req): Promise<Reply> {
  const f = bodyFields(await req.json(), 'network.ConnectRequest');
  const endpoint = decodeEndpoint(f.object('EndpointConfig')?.raw);
  // Before API 1.54 dockerd left a MAC address of a connect out.
  if (req.version < 54) endpoint.MacAddress = '';
  const vm = await findContainer(req, f.string('Container'));
  const found = await findNetwork(req, req.params.id!);
  const name = found.resource.Name;
  if (!isUserDefined(name)) validateEndpoint(name, found, endpoint);
  refuseModes(vm, found);
  if (endpointsOf(vm).has(name)) {
    // One that does not run is left as it is, as with dockerd.
    if (!isRunning(vm)) return { status: 200 };
    throw forbidden(`endpoint with name ${vm.alias} already exists in network ${name}`);
  }
  validateEndpoint(name, found, endpoint);
  await addPlace(req, vm, found, endpoint);
  return { status: 200 };
}

function refuseModes(vm: Vm, { resource }: AccountNetwork): void {
  const mode = hostConfigOf(vm).NetworkMode ?? '';
  if (mode === 'host' || mode.startsWith('container:')) throw sharesAnother();
  if (resource.Name === 'host') {
    throw invalid(
      'cannot connect container to host network - container must be created in host network mode',
    );
  }
  if (mode === 'none' || resource.Name === 'none') throw noneIsAlone();
}
