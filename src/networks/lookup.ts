// The networks of an account, and the one that a name, id or id prefix means.
import type { NetworkRecord } from '#lib/store/types.ts';
import type { Network, Vm } from '#lib/wire/types.ts';
import type { Req } from '#src/context.ts';
import { invalid, notFound } from '#src/errors.ts';
import { asDocker } from '#src/vm/triton-errors.ts';
import { configNetwork, hostNetwork, type NetworkResource, noneNetwork, toNetwork } from './from-network.ts';

/** What a look-up needs of a request. */
export type NetworkLookup = Pick<Req, 'app' | 'account' | 'call'>;

/** A network as Docker shows it, and what stands behind it. */
export interface AccountNetwork {
  resource: NetworkResource;
  /** null for host, none and configuration networks, which Triton does not know. */
  network: Network | null;
  /** Its IPv6 half; null where it speaks IPv4 only. */
  network6: Network | null;
  /** null where nobody told Docker of it. */
  record: NetworkRecord | null;
}

/** Not for containers. */
const ADMIN_TAG = 'admin';

/** The default network, which Docker calls bridge, the others that the account may use, configuration networks, host and none. */
export async function networksOf(req: NetworkLookup): Promise<AccountNetwork[]> {
  const { config, triton, store } = req.app;
  const owner = req.account.uuid;
  const query = { provisionable_by: owner };
  const found = await asDocker<Network[]>(triton.napi.listNetworks(query, req.call), { ref: '' });
  const kept = store.networks.list(owner);
  const records = new Map(kept.map((record) => [record.uuid, record]));
  const halves = new Map(found.filter(({ family }) => family === 'ipv6').map((one) => [one.uuid, one]));
  const networks = found
    // One of IPv6 is the half of another, or nothing that Docker knows.
    .filter(({ nic_tag, family }) => nic_tag !== ADMIN_TAG && family !== 'ipv6')
    .map((network) => ({ network, record: records.get(network.uuid) ?? null }))
    // One that is being made or taken away is none.
    .filter(({ record }) => record === null || record.state === 'ready')
    .map(({ network, record }) => {
      const name = network.name === config.defaultNetwork ? 'bridge' : network.name;
      const network6 = halves.get(record?.network6_uuid ?? '') ?? null;
      return { network, network6, record, resource: toNetwork(network, name, record) };
    });
  const onlyHere = [
    ...kept
      .filter(({ config_only }) => config_only)
      .map((record) => ({ record, resource: configNetwork(record) })),
    ...[hostNetwork(), noneNetwork()].map((resource) => ({ record: null, resource })),
  ];
  return [...networks, ...onlyHere.map((one) => ({ network: null, network6: null, ...one }))];
}

/** Throws DockerError notFound `network x not found`, invalid for what means several. */
export async function findNetwork(req: NetworkLookup, ref: string): Promise<AccountNetwork> {
  return pickNetwork(await networksOf(req), ref);
}

/** Whole id, name, then unambiguous id prefix. Pure. Throws as findNetwork. */
export function pickNetwork(all: AccountNetwork[], ref: string): AccountNetwork {
  const exact =
    all.find(({ resource }) => resource.Id === ref) ?? all.find(({ resource }) => resource.Name === ref);
  if (exact) return exact;
  const prefixed = ref === '' ? [] : all.filter(({ resource }) => resource.Id.startsWith(ref));
  if (prefixed.length > 1)
    throw invalid(`network ${ref} is ambiguous (${prefixed.length} matches found based on ID prefix)`);
  if (!prefixed[0]) throw notFound(`network ${ref} not found`);
  return prefixed[0];
}

/** The account's containers; `running` leaves out those without endpoints. */
export async function existingVms(req: NetworkLookup, state: 'running' | 'active'): Promise<Vm[]> {
  const query = { owner_uuid: req.account.uuid, docker: true, state };
  return asDocker(req.app.triton.vmapi.listVms(query, req.call), { ref: '' });
}
