// What a container mounts, in Triton's words: volumes of VOLAPI, or file systems of the VM's own where there are no local volumes.
import { randomUUID } from 'node:crypto';
import type { VmVolumeRequest } from '#lib/docker-vm/volumes.ts';
import type { VmFilesystem } from '#lib/wire/types.ts';
import { mountsOf } from '#src/containers/from-vm/mounts.ts';
import { findContainer } from '#src/containers/lookup.ts';
import type { CreateRequest } from '#src/containers/types.ts';
import type { Req } from '#src/context.ts';
import { DockerError, invalid } from '#src/errors.ts';
import { resolveImage } from '#src/images/lookup.ts';
import { requireCommon } from '#src/vm/capability.ts';
import { checkVolume, defaultDriver } from '#src/volumes/lookup.ts';
import { type MountPlan, type PlannedMount, planMounts, readonlyAsBefore } from './plan-mounts.ts';
import { parseVolumesFrom } from './validate-mounts.ts';

export interface ChosenMounts extends MountPlan {
  filesystems: VmFilesystem[];
}

/** Throws DockerError: a container of --volumes-from that is not there, a driver or a name that cannot be. */
export async function chooseMounts(req: Req, request: CreateRequest): Promise<ChosenMounts> {
  const inherited: PlannedMount[][] = [];
  for (const text of request.hostConfig.VolumesFrom ?? []) {
    inherited.push(await mountsOfOther(req, parseVolumesFrom(text).ref));
  }
  const none = { mounts: [], volumes: [], filesystems: [] };
  const planFor = (driver: string): MountPlan => {
    const plan = planMounts(request, inherited, driver);
    return req.version < 44 ? { ...plan, mounts: readonlyAsBefore(plan.mounts) } : plan;
  };
  const probe = planFor('');
  if (probe.mounts.length === 0) return none;
  const withImages = async (plan: MountPlan) => ({ ...plan, mounts: await findImages(req, plan.mounts) });
  if (probe.volumes.length === 0) return { ...(await withImages(probe)), filesystems: [] };
  const driver = await defaultDriver(req);
  const plan = await withImages(planFor(driver));
  for (const { name, type, options = {} } of plan.volumes)
    await checkVolume(req, { name, driver: type, options });
  return driver === 'local' ? { ...plan, filesystems: [] } : ownFilesystems(plan);
}

/** As dockerd: 400, for a client takes a 404 of create for a missing image. */
async function mountsOfOther(req: Req, ref: string): Promise<PlannedMount[]> {
  try {
    return mountsOf(await findContainer(req, ref)).filter(({ Type }) => ['bind', 'volume'].includes(Type));
  } catch (err) {
    if (err instanceof DockerError && err.kind === 'notFound') throw invalid(err.clientMessage, err);
    throw err;
  }
}

/** Says of each image that is mounted which one it is. Throws DockerError notFound as for the container's own. */
async function findImages(req: Req, mounts: PlannedMount[]): Promise<PlannedMount[]> {
  const { app, account, call } = req;
  if (!mounts.some(({ Type }) => Type === 'image')) return mounts;
  const refusal = 'compute nodes of this datacenter cannot mount an image (--mount type=image)';
  await requireCommon(app.triton.cnapi, 'docker_image_mounts', refusal, call);
  return mounts.map((mount) => {
    if (mount.Type !== 'image') return mount;
    const { image_uuid: imageUuid, config_digest: imageId } = resolveImage(app, account, mount.Name ?? '');
    return { ...mount, imageUuid, imageId };
  });
}

/**
 * Where the datacenter has no local volumes, an anonymous one is a file system of the VM's own, as in the first sdc-docker: it goes
 * with the VM. Pure but for the new uuids.
 */
export function ownFilesystems({ mounts, volumes }: MountPlan): ChosenMounts {
  const own = volumes.filter(({ anonymous }) => anonymous);
  return {
    mounts,
    volumes: volumes.filter(({ anonymous }) => !anonymous).map(asTriton),
    filesystems: own.map(({ mountpoint, mode }) => ({
      source: randomUUID(),
      target: mountpoint,
      type: 'lofs',
      options: mode === 'ro' ? ['ro'] : [],
    })),
  };
}

/** The keys that a real VMAPI knows. */
function asTriton({ name, type, mountpoint, mode }: VmVolumeRequest): VmVolumeRequest {
  return { name, type, mountpoint, mode };
}
