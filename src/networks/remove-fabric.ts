// Takes a network of the datacenter away, whole or half-made: the network, that of IPv6 beside it, its VLAN, then what Docker knew of it.
import type { NetworkRecord, Store } from '#lib/store/types.ts';
import type { CallContext, NapiClient } from '#lib/triton/types.ts';
import { orNull } from '#lib/wire/errors.ts';
import { vlanName } from './vlan-name.ts';

/** What is needed of a request, or of the daemon when it comes up. */
export interface Owner {
  store: Store['networks'];
  napi: NapiClient;
  call: CallContext;
}

/** What is gone already is fine. Throws TritonError InUse, with everything as it was, while a nic is on it. */
export async function removeFabric({ store, napi, call }: Owner, record: NetworkRecord): Promise<void> {
  const { owner_uuid, uuid, vlan_id, network6_uuid } = record;
  await orNull(napi.deleteFabricNetwork(owner_uuid, vlan_id, uuid, call));
  if (network6_uuid) await orNull(napi.deleteFabricNetwork(owner_uuid, vlan_id, network6_uuid, call));
  const vlan = await orNull(napi.getVlan(owner_uuid, vlan_id, call));
  if (vlan?.name === vlanName(uuid)) await orNull(napi.deleteVlan(owner_uuid, vlan_id, call));
  store.delete(owner_uuid, uuid);
}

/** After a failed create. What cannot be taken away now stays on record and is at the daemon's next start. */
export async function undoNetwork(owner: Owner, record: NetworkRecord): Promise<void> {
  await removeFabric(owner, record).catch(() => undefined);
}
