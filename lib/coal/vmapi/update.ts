// POST /vms/:uuid?action=update, and the metadata and tag routes, which are updates too: the agent first, then the record.
import type { FieldError } from '#lib/wire/errors.ts';
import type { Scalar, Vm } from '#lib/wire/types.ts';
import { isUuid } from '#lib/wire/uuid.ts';
import type { CoalReply, CoalRequest } from '../types.ts';
import { invalid, validationFailed } from '../validation.ts';
import { duplicateAlias, isAlias, isScalarMap, tagErrors } from './create-payload.ts';
import type { JobStep } from './jobs.ts';
import { aliasInUse, lockOf, runJob, type VmapiParts } from './parts.ts';

const MAPS = ['internal_metadata', 'customer_metadata', 'tags'] as const;
type MapName = (typeof MAPS)[number];

/** UpdateVm. */
export async function updateVm(parts: VmapiParts, req: CoalRequest, vm: Vm): Promise<CoalReply> {
  return runUpdate(parts, req, vm, req.body);
}

/** Runs `payload` as an update job. Throws TritonError ValidationFailed. */
export async function runUpdate(
  parts: VmapiParts,
  req: CoalRequest,
  vm: Vm,
  payload: Record<string, unknown>,
): Promise<CoalReply> {
  return runJob(parts, req, vm, { task: 'update', steps: [updateStep(parts, req, vm, payload)] });
}

/**
 * The step that takes a change to the agent and then into the record. The change is checked here, before the job; the record is
 * read under the VM's lock, so that two changes at a time both stay.
 */
export function updateStep(
  parts: VmapiParts,
  req: CoalRequest,
  vm: Vm,
  payload: Record<string, unknown>,
): JobStep {
  checkUpdate(parts, vm, payload);
  const name = typeof payload.alias === 'string' ? `${vm.owner_uuid}/${payload.alias}` : null;
  return {
    name: 'cnapi.update_vm',
    async run() {
      if (name !== null) parts.aliasesTaken.add(name);
      try {
        await lockOf(parts, vm.uuid).run(async () => {
          const { store, tasks } = parts;
          await tasks.run(
            'machine_update',
            { vm: applyUpdate(parts, store.get(vm.uuid) ?? vm, payload) },
            req,
          );
          // Read again: the agent may have told of a change of its own meanwhile.
          store.put(applyUpdate(parts, store.get(vm.uuid) ?? vm, payload));
        });
      } finally {
        if (name !== null) parts.aliasesTaken.delete(name);
      }
      return 'VM updated';
    },
  };
}

/** Throws TritonError ValidationFailed with every wrong field. */
export function checkUpdate(parts: VmapiParts, vm: Vm, payload: Record<string, unknown>): void {
  const errors: FieldError[] = [];
  const { alias, billing_id: billing } = payload;
  if (alias !== undefined) {
    if (!isAlias(alias)) errors.push(invalid('alias'));
    else if (alias !== vm.alias && aliasInUse(parts, vm.owner_uuid ?? '', alias, vm.uuid))
      errors.push(duplicateAlias());
  }
  if (billing !== undefined && !(isUuid(billing) && parts.findPackage(billing) !== null)) {
    errors.push(invalid('billing_id', `Package ${String(billing)} does not exist`));
  }
  errors.push(...tagErrors(payload.set_tags));
  for (const map of MAPS) {
    if (payload[`set_${map}`] !== undefined && !isScalarMap(payload[`set_${map}`]))
      errors.push(invalid(`set_${map}`));
    const removed = payload[`remove_${map}`];
    if (removed !== undefined && !(Array.isArray(removed) && removed.every((key) => typeof key === 'string')))
      errors.push(invalid(`remove_${map}`));
  }
  if (errors.length > 0) throw validationFailed(errors, 'Invalid VM update parameters');
}

/** Keys that an update may replace whole. */
const PLAIN = [
  'alias',
  'hostname',
  'dns_domain',
  'resolvers',
  'autoboot',
  'firewall_enabled',
  'cpu_cap',
] as const;

/** The record with the change in it; the given one stays as it is. */
export function applyUpdate(
  parts: Pick<VmapiParts, 'findPackage'>,
  vm: Vm,
  payload: Record<string, unknown>,
): Vm {
  const out: Record<string, unknown> = { ...vm };
  for (const key of PLAIN) if (payload[key] !== undefined) out[key] = payload[key];
  for (const map of MAPS) out[map] = changedMap(vm[map], payload, map);
  const pkg = isUuid(payload.billing_id) ? parts.findPackage(payload.billing_id) : null;
  if (pkg !== null) {
    const { uuid, cpu_cap, max_lwps, max_physical_memory, max_swap, zfs_io_priority, quota } = pkg;
    Object.assign(out, { billing_id: uuid, max_physical_memory, max_swap, zfs_io_priority });
    Object.assign(out, { cpu_cap: cpu_cap || null, max_lwps: max_lwps || null, quota: quota / 1024 });
  }
  return out as unknown as Vm;
}

function changedMap(
  before: Record<string, Scalar>,
  payload: Record<string, unknown>,
  map: MapName,
): Record<string, Scalar> {
  const out = { ...before, ...(payload[`set_${map}`] as Record<string, Scalar> | undefined) };
  for (const key of (payload[`remove_${map}`] as string[] | undefined) ?? []) delete out[key];
  return out;
}
