// DELETE /vms/:uuid: the zone goes, then its addresses; the record stays, marked destroyed, as in Triton.
import { TritonError } from '#lib/wire/errors.ts';
import type { CoalReply, CoalRequest } from '../types.ts';
import { queryBoolean } from '../validation.ts';
import type { JobStep } from './jobs.ts';
import { runJob, taskStep, type VmapiParts, vmOf } from './parts.ts';
import { removeReferences, wishVolumesGone } from './vm-volumes.ts';

/**
 * Destroyed records kept in CoaL, so that a daemon that was down can still tell how a container ended. The real VMAPI keeps all.
 */
const KEEP_DESTROYED = 1000;

/** DeleteVm. Destroying a destroyed VM succeeds (recorded: destroy-again). */
export async function deleteVm(parts: VmapiParts, req: CoalRequest): Promise<CoalReply> {
  const vm = vmOf(parts, req);
  if (vm.state === 'provisioning') {
    throw new TritonError('UnallocatedVM', 409, 'VM is not allocated to a server yet');
  }
  const gone = vm.state === 'destroyed' || vm.state === 'failed';
  const steps: JobStep[] = gone
    ? []
    : [
        taskStep(parts, req, 'cnapi.destroy_vm', 'machine_destroy', { uuid: vm.uuid }),
        { name: 'napi.remove_nics', run: () => releaseNics(parts, vm.uuid) },
        { name: 'volapi.remove_references', run: () => removeReferences(parts, req, vm.uuid) },
        { name: 'vmapi.mark_destroyed', run: () => markAsDestroyed(parts, vm.uuid) },
      ];
  if (!gone) wishVolumesGone(parts, vm.uuid, queryBoolean(req.query, 'remove_volumes') === true);
  return runJob(parts, req, vm, { task: 'destroy', steps });
}

function releaseNics(parts: VmapiParts, uuid: string): string {
  parts.releaseNics(uuid);
  return 'NICs removed';
}

function markAsDestroyed(parts: VmapiParts, uuid: string): string {
  markDestroyed(parts, uuid);
  return 'VM marked as destroyed';
}

/** Idempotent. */
export function markDestroyed(parts: VmapiParts, uuid: string): void {
  const { store } = parts;
  const vm = store.get(uuid);
  if (vm === undefined || vm.state === 'destroyed') return;
  const destroyed = new Date().toISOString();
  store.put({ ...vm, state: 'destroyed', zone_state: 'destroyed', destroyed });
  parts.locks.delete(uuid);
  forgetOldest(parts);
}

/** Keeps the records of the dead from growing for ever. Linear, but only once in KEEP_DESTROYED deletions. */
function forgetOldest(parts: VmapiParts): void {
  if (parts.store.deadCount < 2 * KEEP_DESTROYED) return;
  const dead = [...parts.store.all()].filter((vm) => vm.state === 'destroyed' || vm.state === 'failed');
  dead.sort((a, b) => (a.last_modified < b.last_modified ? -1 : 1));
  for (const vm of dead.slice(0, dead.length - KEEP_DESTROYED)) parts.store.delete(vm.uuid);
}
