// NetworkDelete: DELETE /networks/:id.
import type { NetworkRecord } from '#lib/store/types.ts';
import { hasRestCode } from '#lib/wire/errors.ts';
import type { Vm } from '#lib/wire/types.ts';
import type { Reply, Req } from '#src/context.ts';
import { forbidden, notImplemented } from '#src/errors.ts';
import { endpointId, networkIdOf } from '#src/vm/network-ids.ts';
import { outliving } from '#src/vm/outlive.ts';
import { isRunning } from '#src/vm/state.ts';
import { asDocker, toDockerError } from '#src/vm/triton-errors.ts';
import { emitNetworkEvent } from './event.ts';
import { PREDEFINED } from './from-network.ts';
import { type AccountNetwork, existingVms, findNetwork } from './lookup.ts';
import { removeFabric } from './remove-fabric.ts';

/** 204. */
export async function networkDelete(req: Req): Promise<Reply> {
  const found = await findNetwork(req, req.params.id!);
  if (PREDEFINED.includes(found.resource.Name))
    throw forbidden(`${found.resource.Name} is a pre-defined network and cannot be removed`);
  await removeNetwork(req, found);
  return { status: 204 };
}

/**
 * Containers that run on it keep it; those that do not lose their address on it and look for the network at their next start, as with
 * dockerd. Throws DockerError. Also used by prune.
 */
export async function removeNetwork(req: Req, { resource, record }: AccountNetwork): Promise<void> {
  if (record === null)
    throw notImplemented(`network ${resource.Name} was not made by Docker: remove it by Triton's own tools`);
  if (record.config_only) return removeConfig(req, record);
  const on = (await existingVms(req, 'active')).filter((vm) => macsOn(vm, resource.Id).length > 0);
  const running = on.filter(isRunning);
  if (running.length > 0)
    throw activeEndpoints(
      resource.Name,
      running.map((vm) => nameAndId(vm, resource.Id)),
    );
  const { store, triton } = req.app;
  const call = outliving(req.call);
  for (const vm of on) {
    const macs = macsOn(vm, resource.Id);
    const opts = { owner_uuid: req.account.uuid };
    await asDocker(triton.vmapi.removeNics(vm.uuid, { macs }, opts, call), { ref: vm.alias ?? '' });
  }
  const going: NetworkRecord = { ...record, state: 'going' };
  store.networks.put(going);
  try {
    await removeFabric({ store: store.networks, napi: triton.napi, call }, going);
  } catch (err) {
    if (!hasRestCode(err, 'InUse')) throw toDockerError(err, { ref: resource.Name });
    // A container came meanwhile.
    store.networks.put(record);
    throw activeEndpoints(resource.Name, []);
  }
  emitNetworkEvent(req, 'destroy', resource);
}

/** Those who hear of networks hear nothing of it, as with dockerd. Throws DockerError forbidden. */
function removeConfig({ app: { store }, account }: Req, { name, uuid }: NetworkRecord): void {
  if (store.networks.list(account.uuid).some(({ config_from }) => config_from === name))
    throw forbidden(`error while removing network: configuration network ${JSON.stringify(name)} is in use`);
  store.networks.delete(account.uuid, uuid);
}

function macsOn(vm: Vm, networkId: string): string[] {
  return vm.nics.filter((nic) => networkIdOf(nic.network_uuid) === networkId).map(({ mac }) => mac);
}

function nameAndId(vm: Vm, networkId: string): string {
  const nic = vm.nics.find((one) => networkIdOf(one.network_uuid) === networkId) ?? null;
  const id = endpointId(vm.uuid, nic, '').slice(0, 12);
  return `name:${JSON.stringify(vm.alias ?? '')} id:${JSON.stringify(id)}`;
}

function activeEndpoints(name: string, endpoints: string[]): Error {
  return forbidden(
    `error while removing network: network ${name} has active endpoints (${endpoints.join(', ')})`,
  );
}
