// POST /vms: a new VM in named steps, each undone when a later one fails.
//
//   nics, record (provisioning) ──► machine_create ──► stopped ──(autoboot)──► running        any failure ──► failed
import { randomUUID } from 'node:crypto';
import type { AgentImage, VmPatch } from '#lib/cn-agent/types.ts';
import { imageMountsOf } from '#lib/docker-vm/image-mounts.ts';
import { MD } from '#lib/docker-vm/metadata.ts';
import { TritonError } from '#lib/wire/errors.ts';
import type { Scalar, Vm, VmNetworkRequest, VmNic } from '#lib/wire/types.ts';
import type { CoalReply, CoalRequest } from '../types.ts';
import { invalid, validationFailed } from '../validation.ts';
import { readCreatePayload } from './create-payload.ts';
import type { JobStep } from './jobs.ts';
import { translated } from './nics.ts';
import { aliasInUse, runJob, taskStep, type VmapiParts } from './parts.ts';
import { volumesSteps } from './vm-volumes.ts';

/** CreateVm. Throws TritonError ValidationFailed before anything is made. */
export async function createVm(parts: VmapiParts, req: CoalRequest): Promise<CoalReply> {
  const { store } = parts;
  const { vm, networks, volumes } = readCreatePayload(req.body, {
    newUuid: randomUUID,
    findPackage: parts.findPackage,
    aliasInUse: (owner, alias) => aliasInUse(parts, owner, alias, ''),
    uuidInUse: (uuid) => store.get(uuid) !== undefined,
  });
  const image = await imageOf(parts, vm.image_uuid!, vm.internal_metadata[MD.imageId]);
  const wanted = imageMountsOf(vm.internal_metadata);
  const mounted = await Promise.all(wanted.map(({ imageUuid }) => imageOf(parts, imageUuid)));
  // Asked again: another request may have taken the name while the image was looked up.
  if (vm.alias !== null && aliasInUse(parts, vm.owner_uuid!, vm.alias, '')) {
    throw validationFailed(
      [{ field: 'alias', code: 'Duplicate', message: 'Already exists for this owner_uuid' }],
      'Invalid VM parameters',
    );
  }
  const refused = putWithNics(parts, vm, networks);
  const steps: JobStep[] = [
    nicsStep(parts, vm, refused),
    ...volumesSteps(parts, req, vm, volumes),
    {
      name: 'cnapi.provision_vm',
      async run() {
        const asked = { vm: store.get(vm.uuid) ?? vm, image, mounted };
        const made = await parts.tasks.run('machine_create', asked, req);
        const { zonepath, server_uuid } = made.vm;
        if (volumes.length > 0) parts.volumes.settle(vm.uuid);
        const settled = { zonepath, server_uuid, ...mountsOf(asked.vm, made.vm) };
        store.patch(vm.uuid, { ...settled, state: 'stopped', zone_state: 'stopped' });
        return 'VM provisioned';
      },
      undo: async () => void (await parts.tasks.run('machine_destroy', { uuid: vm.uuid }, req)),
    },
  ];
  if (vm.autoboot) {
    steps.push(taskStep(parts, req, 'cnapi.start_vm', 'machine_boot', { uuid: vm.uuid }));
  }
  const onFailed = (): void => store.patch(vm.uuid, { state: 'failed', zone_state: 'failed' });
  return runJob(parts, req, vm, { task: 'provision', steps, onFailed });
}

/** What the compute node made of its mounts, when it changed something. */
function mountsOf(asked: Vm, made: Vm): Pick<VmPatch, 'internal_metadata'> {
  const mounts = made.internal_metadata[MD.mounts];
  if (mounts === undefined || mounts === asked.internal_metadata[MD.mounts]) return {};
  return { internal_metadata: { [MD.mounts]: mounts } };
}

async function imageOf(parts: VmapiParts, uuid: string, configDigest?: Scalar): Promise<AgentImage> {
  const image = await parts.agentImage(uuid, String(configDigest ?? ''));
  if (image !== null) return image;
  throw validationFailed([invalid('image_uuid', `image ${uuid} not found`)], 'Invalid VM parameters');
}

/**
 * The record is born with its nics: one write, one message. Gives why there are none. Nics of a VM that a crash kept from having a record
 * are given back at the next start.
 */
function putWithNics(
  { store, provisionNics, releaseNics }: VmapiParts,
  vm: Vm,
  wanted: VmNetworkRequest[],
): unknown {
  const { uuid, owner_uuid } = vm;
  let nics: VmNic[] = [];
  let refused: unknown = null;
  try {
    if (owner_uuid === null) throw new TritonError('InternalError', 500, 'a VM without an owner');
    if (wanted.length > 0) nics = translated(wanted, () => provisionNics({ uuid, owner_uuid }, wanted));
  } catch (err) {
    refused = err;
  }
  try {
    store.put(nics.length > 0 ? { ...vm, nics } : vm);
  } catch (err) {
    if (nics.length > 0) releaseNics(uuid);
    throw err;
  }
  return refused;
}

/** What putWithNics has done, as Triton's job tells it. */
function nicsStep(parts: VmapiParts, vm: Vm, refused: unknown): JobStep {
  return {
    name: 'napi.provision_nics',
    run() {
      if (refused !== null) throw refused;
      return 'NICs allocated';
    },
    undo: () => parts.releaseNics(vm.uuid),
  };
}
