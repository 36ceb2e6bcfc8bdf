// The networks of an account, and the one that a name, id or id prefix means.
import type { Network, Vm } from '#lib/wire/types.ts';
import type { Req } from '#src/context.ts';
import { invalid, notFound } from '#src/errors.ts';
import { asDocker } from '#src/vm/triton-errors.ts';
import { hostNetwork, type NetworkResource, noneNetwork, toNetwork } from './from-network.ts';

/** The default network, which Docker calls bridge, host and none. */
export async function networksOf(req: Req): Promise<NetworkResource[]> {
  const { config, triton } = req.app;
  const query = { name: config.defaultNetwork, provisionable_by: req.account.uuid };
  const [network] = await asDocker<Network[]>(triton.napi.listNetworks(query, req.call), { ref: '' });
  return [...(network ? [toNetwork(network, 'bridge')] : []), hostNetwork(), noneNetwork()];
}

/** Whole id, name, then unambiguous id prefix. Throws DockerError notFound `network x not found`. */
export async function findNetwork(req: Req, ref: string): Promise<NetworkResource> {
  const all = await networksOf(req);
  const exact = all.find(({ Id }) => Id === ref) ?? all.find(({ Name }) => Name === ref);
  if (exact) return exact;
  const prefixed = all.filter(({ Id }) => Id.startsWith(ref));
  if (prefixed.length > 1)
    throw invalid(`network ${ref} is ambiguous (${prefixed.length} matches found based on ID prefix)`);
  if (!prefixed[0]) throw notFound(`network ${ref} not found`);
  return prefixed[0];
}

/** The account's running containers. */
export async function existingVms(req: Req): Promise<Vm[]> {
  const query = { owner_uuid: req.account.uuid, docker: true, state: 'running' };
  return asDocker(req.app.triton.vmapi.listVms(query, req.call), { ref: '' });
}
