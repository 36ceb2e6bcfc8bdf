// The volumes of a VM: read from the payload, taken from VOLAPI at its provisioning, given back when it goes.
import { MD } from '#lib/docker-vm/metadata.ts';
import { type VmVolumeRequest, vmVolumesOf } from '#lib/docker-vm/volumes.ts';
import type { FieldError } from '#lib/wire/errors.ts';
import type { Vm } from '#lib/wire/types.ts';
import type { TaskOrigin } from '../cnapi/task-runner.ts';
import type { CoalRequest } from '../types.ts';
import { invalid } from '../validation.ts';
import type { NamedVolume } from '../volapi/volumes.ts';
import type { JobStep } from './jobs.ts';
import type { VmapiParts } from './parts.ts';

/** Triton's default. */
const DEFAULT_TYPE = 'tritonnfs';

/** `volumes` of a payload; what is wrong with it goes to `errors`. Pure. */
export function readVolumes(value: unknown, errors: FieldError[]): VmVolumeRequest[] {
  if (value === undefined) return [];
  if (!Array.isArray(value)) {
    errors.push(invalid('volumes', 'Must be an array'));
    return [];
  }
  return value.flatMap((item: unknown) => {
    const {
      name,
      mountpoint,
      type = DEFAULT_TYPE,
      mode = 'rw',
      ...rest
    } = Object(item) as Record<string, unknown>;
    const texts = [name, mountpoint, type].every((text) => typeof text === 'string' && text !== '');
    if (texts && String(mountpoint).startsWith('/') && (mode === 'rw' || mode === 'ro'))
      return [{ ...rest, name, mountpoint, type, mode } as VmVolumeRequest];
    errors.push(invalid('volumes', 'Invalid volume'));
    return [];
  });
}

/** None when the VM asks for no volumes. */
export function volumesSteps(
  parts: VmapiParts,
  req: CoalRequest,
  vm: Vm,
  wanted: VmVolumeRequest[],
): JobStep[] {
  if (wanted.length === 0) return [];
  const owner = { uuid: vm.uuid, owner_uuid: vm.owner_uuid ?? '' };
  return [
    {
      name: 'volapi.provision_volumes',
      async run() {
        const { volumes, made } = await parts.volumes.provision(owner, wanted, req);
        const metadata = { [MD.volumes]: JSON.stringify(volumes), ...named(MD.volumesMade, made) };
        parts.store.patch(vm.uuid, { internal_metadata: metadata });
        return 'volumes provisioned';
      },
      undo: async () => void (await parts.volumes.release(vm.uuid, [], req)),
    },
  ];
}

/** Whether its anonymous volumes go with it. Written down before the VM goes: a removal that is cut off is finished so. */
export function wishVolumesGone(parts: VmapiParts, uuid: string, wish: boolean): void {
  const vm = parts.store.get(uuid);
  if (!vm || vmVolumesOf(vm.internal_metadata).length === 0) return;
  if (wish !== (vm.remove_volumes === true)) parts.store.patch(uuid, { remove_volumes: wish || null });
}

/** Idempotent; what was removed with the VM is told in its metadata. */
export async function removeReferences(parts: VmapiParts, origin: TaskOrigin, uuid: string): Promise<string> {
  const vm = parts.store.get(uuid);
  const volumes = vm ? vmVolumesOf(vm.internal_metadata) : [];
  const due = vm?.remove_volumes === true ? volumes.filter(({ anonymous }) => anonymous) : [];
  const removed = await parts.volumes.release(
    uuid,
    due.map(({ name }) => name),
    origin,
  );
  if (removed.length > 0) parts.store.patch(uuid, { internal_metadata: named(MD.volumesRemoved, removed) });
  return 'references removed';
}

function named(key: string, volumes: NamedVolume[]): Record<string, string> {
  return volumes.length > 0 ? { [key]: JSON.stringify(volumes) } : {};
}
