// The containers that one is linked to.
import { linksOf } from '#lib/docker-vm/links.ts';
import type { Predicate } from '#lib/triton/types.ts';
import type { Vm } from '#lib/wire/types.ts';
import { existing, type LookupRequest } from '#src/containers/lookup.ts';
import { asDocker } from '#src/vm/triton-errors.ts';

/** By uuid; those that are gone are not in it. */
export async function linkedVms(req: LookupRequest, vm: Vm): Promise<Map<string, Vm>> {
  const uuids = linksOf(vm).map(({ uuid }): Predicate => ({ eq: ['uuid', uuid] }));
  if (uuids.length === 0) return new Map();
  const any: Predicate = uuids.length === 1 ? uuids[0]! : { or: uuids };
  const query = { predicate: existing(req.account, any) };
  const vms = await asDocker(req.app.triton.vmapi.listVms(query, req.call), { ref: '' });
  return new Map(vms.map((linked) => [linked.uuid, linked]));
}
