// A container keeps its address while it does not run, but only until another of the account asks for it: dockerd gives it back at the stop.
import { type DockerEndpoint, endpointKey, type Place, placesOf } from '#lib/docker-vm/endpoints.ts';
import { hasRestCode } from '#lib/wire/errors.ts';
import { parseIp } from '#lib/wire/ip.ts';
import { addressesOf } from '#lib/wire/nic-ipv6.ts';
import type { Vm } from '#lib/wire/types.ts';
import { existing } from '#src/containers/lookup.ts';
import type { Req } from '#src/context.ts';
import { askedAddresses } from './endpoint-settings.ts';
import { outliving } from './outlive.ts';
import { statusOf } from './state.ts';

/** Since it was listed it has been started, has lost the nic to another, or has been removed: the next try tells who has the address. */
const MEANWHILE = ['VmNotStopped', 'ValidationFailed', 'ResourceNotFound'];

/**
 * Takes what `endpoint` asks for (an address on its network, a MAC address anywhere) from containers that do not run; their next start
 * gives them a nic again. Says whether there was any. Throws TritonError.
 */
export async function takeIdleAddresses(req: Req, asking: Vm, endpoint: DockerEndpoint): Promise<boolean> {
  const { vmapi } = req.app.triton;
  const opts = { owner_uuid: req.account.uuid };
  const query = { predicate: existing(req.account, { eq: ['state', 'stopped'] }) };
  const others = (await vmapi.listVms(query, req.call)).filter(({ uuid }) => uuid !== asking.uuid);
  let taken = false;
  for (const vm of others) {
    const macs = idleNics(vm, endpoint);
    if (macs.length === 0) continue;
    await vmapi.removeNics(vm.uuid, { macs, idle: true }, opts, outliving(req.call)).catch((err) => {
      if (!MEANWHILE.some((code) => hasRestCode(err, code))) throw err;
    });
    taken = true;
  }
  return taken;
}

/** MAC addresses of its nics that hold what is asked for; none of one that runs, or would not know afterwards what it had. Pure. */
export function idleNics(vm: Vm, asked: DockerEndpoint): string[] {
  if (!['created', 'exited'].includes(statusOf(vm))) return [];
  return placesOf(vm)
    .filter(({ network }) => endpointKey(network) in vm.internal_metadata)
    .filter((place) => hasAddress(place, asked) || place.nic.mac === macOf(asked))
    .map(({ nic }) => nic.mac);
}

function hasAddress({ endpoint, nic }: Place, asked: DockerEndpoint): boolean {
  if (endpoint?.NetworkID !== asked.NetworkID) return false;
  const wanted = new Set(askedAddresses(asked).map(numberOf));
  return addressesOf(nic).some((address) => wanted.has(numberOf(address)));
}

function numberOf(address: string): bigint | undefined {
  return parseIp(address)?.value;
}

/** As nics have it. */
function macOf({ MacAddress }: DockerEndpoint): string {
  return MacAddress.replaceAll('-', ':').toLowerCase();
}
