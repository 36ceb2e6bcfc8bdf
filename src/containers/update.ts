// ContainerUpdate: POST /containers/:id/update.
import { DEVICE_LIMITS } from '#lib/docker-vm/device-limits.ts';
import { MD } from '#lib/docker-vm/metadata.ts';
import type { Scalar } from '#lib/wire/types.ts';
import { bodyFields, type Fields } from '#src/api/fields.ts';
import type { Reply, Req } from '#src/context.ts';
import { conflict } from '#src/errors.ts';
import { requireHostAccessOfUpdate } from '#src/host-access.ts';
import { emitContainerEvent } from '#src/vm/event-attributes.ts';
import { dockerIdOf, hostConfigOf } from '#src/vm/metadata.ts';
import { outliving } from '#src/vm/outlive.ts';
import { asDocker } from '#src/vm/triton-errors.ts';
import { decodeResources } from './create/decode.ts';
import { fitToNode } from './create/fit-limits.ts';
import { validateLimits } from './create/validate-resources.ts';
import { restartPolicyText, validateRestartPolicy } from './create/validate-restart-policy.ts';
import { findContainer } from './lookup.ts';
import type { HostConfig, RestartPolicy } from './types.ts';

/** Limits that dockerd changes on a container; zero and empty mean: leave as it is. */
const UPDATABLE = [
  'CpuShares',
  'Memory',
  'NanoCpus',
  'BlkioWeight',
  'CpuPeriod',
  'CpuQuota',
  'CpusetCpus',
  'CpusetMems',
  'MemoryReservation',
  'MemorySwap',
] as const;

type CpuLimits = Pick<HostConfig, 'NanoCpus' | 'CpuPeriod' | 'CpuQuota'>;

/** The new HostConfig and restart policy go into the VM's metadata; the agent takes them from there at once. */
export async function containerUpdate(req: Req): Promise<Reply> {
  const fields = bodyFields(await req.json(), 'container.UpdateConfig');
  const limits = decodeResources(fields);
  // A new limit of processes is news of API 1.40.
  if (req.version < 40) limits.PidsLimit = null;
  // And new limits of devices of 1.55 (moby, postContainerUpdate).
  if (req.version < 55) for (const key of DEVICE_LIMITS) limits[key] = null;
  requireHostAccessOfUpdate(req.app.config, req.account, limits);
  const vm = await findContainer(req, req.params.id!);
  const before = hostConfigOf(vm) as HostConfig;
  const { host: wanted, warnings } = await fitToNode(req, limits);
  const policy = restartPolicy(fields.object('RestartPolicy'));
  const after = updated(before, { wanted, policy }, dockerIdOf(vm));
  const values: Record<string, Scalar> = { [MD.hostConfig]: JSON.stringify(after) };
  // A key cannot be taken away by this call, so no policy is said in words here.
  values[MD.restartPolicy] = restartPolicyText(after.RestartPolicy) ?? 'no';
  const opts = { owner_uuid: req.account.uuid };
  const call = req.app.triton.vmapi.setInternalMetadata(vm.uuid, values, opts, outliving(req.call));
  await asDocker(call, { ref: req.params.id!, id: dockerIdOf(vm) });
  emitContainerEvent(req, vm, 'update');
  return { status: 200, body: { Warnings: warnings.length > 0 ? warnings : null } };
}

/** What an update asks for, of what the compute node can keep. */
export interface Wanted {
  wanted: ReturnType<typeof decodeResources>;
  policy: RestartPolicy | null;
}

/** Pure. Throws DockerError invalid, or conflict with what the container is already. */
export function updated(before: HostConfig, { wanted, policy }: Wanted, id: string): HostConfig {
  validateLimits(wanted);
  const after = { ...before };
  for (const key of UPDATABLE) {
    if (wanted[key] !== 0 && wanted[key] !== '') Object.assign(after, { [key]: wanted[key] });
  }
  // null means: leave as it is.
  for (const key of DEVICE_LIMITS) {
    if (wanted[key] !== null) after[key] = wanted[key];
  }
  if (wanted.PidsLimit !== null) after.PidsLimit = Math.max(wanted.PidsLimit, 0);
  refuseOtherCpuLimit(before, wanted, id);
  // As dockerd: also where no limit of memory and swap stands yet, for then none can be below the new limit of memory.
  if (wanted.Memory > before.MemorySwap && wanted.MemorySwap === 0 && wanted.Memory !== 0) {
    throw conflict(
      `Cannot update container ${id}: Memory limit should be smaller than already set memoryswap limit, update the memoryswap at the same time`,
    );
  }
  if (policy !== null) {
    if (before.AutoRemove && policy.Name !== 'no') {
      throw conflict(
        `Cannot update container ${id}: Restart policy cannot be updated because AutoRemove is enabled for the container`,
      );
    }
    after.RestartPolicy = policy;
  }
  return after;
}

/** NanoCpus is another word for period and quota: who has one of them keeps to it. */
function refuseOtherCpuLimit(before: HostConfig, wanted: CpuLimits, id: string): void {
  const refuse = (what: string, set: string) =>
    conflict(
      `Cannot update container ${id}: Conflicting options: ${what} cannot be updated as ${set} has already been set`,
    );
  if (wanted.NanoCpus > 0 && before.CpuPeriod > 0) throw refuse('Nano CPUs', 'CPU Period');
  if (wanted.NanoCpus > 0 && before.CpuQuota > 0) throw refuse('Nano CPUs', 'CPU Quota');
  if (wanted.CpuPeriod > 0 && before.NanoCpus > 0) throw refuse('CPU Period', 'NanoCPUs');
  if (wanted.CpuQuota > 0 && before.NanoCpus > 0) throw refuse('CPU Quota', 'NanoCPUs');
}

function restartPolicy(fields: Fields | null): RestartPolicy | null {
  const name = fields?.string('Name') ?? '';
  if (!fields || name === '') return null;
  const policy = { Name: name, MaximumRetryCount: fields.integer('MaximumRetryCount') };
  validateRestartPolicy(policy);
  return policy;
}
