// Finds what was missed while nobody listened: lists all containers of all accounts, and asks for those that are in it no more.
import type { Predicate, VmapiClient } from '#lib/triton/types.ts';
import { completeVm } from '#lib/wire/complete-vm.ts';
import { hasRestCode } from '#lib/wire/errors.ts';
import type { Vm } from '#lib/wire/types.ts';
import type { VmTracker } from './vm-tracker.ts';

/** Single look-ups at a time. */
const AT_ONCE = 4;

/** How long a provisioning may take at most: one that was not told of may have begun so long before the gap. ms */
const PROVISIONING = 3_600_000;

/** `news` holds the VMs that the changefeed told of since the listing began: of them it knows better. Throws TritonError. */
export async function catchUp(vmapi: VmapiClient, tracker: VmTracker, news: Set<string>): Promise<void> {
  const before = tracker.memory.uuids();
  const vms = await vmapi.listVms({ docker: true, state: 'active' }, { reqId: 'events-catch-up' });
  const missed = (await listGone(vmapi, tracker.missedSince)).filter((vm) => tracker.isMissed(vm));
  vms.push(...missed);
  // Oldest first, so that missed creations are told in their order.
  vms.sort((a, b) => (a.create_timestamp < b.create_timestamp ? -1 : 1));
  for (const vm of vms) if (!news.has(vm.uuid)) tracker.see(vm);
  const listed = new Set(vms.map((vm) => vm.uuid));
  const missing = before.filter((uuid) => !listed.has(uuid));
  const workers = Array.from({ length: AT_ONCE }, async () => {
    for (let uuid = missing.pop(); uuid !== undefined; uuid = missing.pop()) {
      if (news.has(uuid)) continue;
      const vm = await lastWords(vmapi, tracker, uuid);
      if (vm !== null && !news.has(uuid)) tracker.see(vm);
    }
  });
  await Promise.all(workers);
}

/** Those that were made, and are gone again, since about that time. */
async function listGone(vmapi: VmapiClient, since: number): Promise<Vm[]> {
  const from = new Date(since - PROVISIONING).toISOString();
  const predicate: Predicate = {
    and: [{ eq: ['docker', true] }, { eq: ['state', 'destroyed'] }, { ge: ['create_timestamp', from] }],
  };
  return vmapi.listVms({ predicate }, { reqId: 'events-catch-up' });
}

async function lastWords(vmapi: VmapiClient, tracker: VmTracker, uuid: string): Promise<Vm | null> {
  const known = tracker.memory.get(uuid);
  if (known === undefined) return null;
  try {
    return await vmapi.getVm(uuid, { owner_uuid: known.seen.owner }, { reqId: 'events-catch-up' });
  } catch (err) {
    if (!hasRestCode(err, 'ResourceNotFound')) throw err;
    return completeVm({ ...known.vm, uuid, owner_uuid: known.seen.owner, docker: true, state: 'destroyed' });
  }
}
