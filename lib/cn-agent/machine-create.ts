// machine_create: a VM's root filesystem and records on this node; nothing runs yet.
import { mkdir, rmdir } from 'node:fs/promises';
import { join } from 'node:path';
import { vmVolumesOf } from '#lib/docker-vm/volumes.ts';
import { removeTree } from '#lib/process/remove-tree.ts';
import { TritonError } from '#lib/wire/errors.ts';
import { isUuid } from '#lib/wire/uuid.ts';
import { checkBindSources } from './check-bind-sources.ts';
import { checkProcessors } from './check-processors.ts';
import { layersOf } from './copy/overlay.ts';
import { createRootfsDirs } from './create-rootfs-dirs.ts';
import { markAsDocker } from './docker-marks.ts';
import { Machine, withoutRunState } from './machine.ts';
import type { AgentNode } from './node.ts';
import { cleanPath } from './oci-spec/binds.ts';
import { dockerSettings } from './oci-spec/docker-settings.ts';
import { followOwnDirs } from './own-dirs.ts';
import { diskQuota } from './quota/vm-quota.ts';
import { removeSnapshots, viewImages } from './snapshots.ts';
import { throughRestart } from './through-restart.ts';
import type { AgentTasks } from './types.ts';
import { fillVolumes } from './volumes/fill-volumes.ts';
import { limitLayer, makeWritableLayer, releaseLayer } from './writable-layer.ts';
import { makeZoneDir, NEVER_RUN, writeZone } from './zone-files.ts';

/**
 * Steps, each undone when a later one fails: zone directory → writable layer and its quota → directories in it → vm.json (synced). A kill -9 in
 * between leaves a zone without vm.json, which recovery removes. Throws TritonError ValidationFailed, VmAlreadyExists (409).
 */
export async function machineCreate(
  node: AgentNode,
  params: AgentTasks['machine_create']['params'],
): Promise<AgentTasks['machine_create']['result']> {
  const { uuid } = params.vm;
  // The uuid becomes a path and a containerd id.
  if (!isUuid(uuid)) {
    throw new TritonError('ValidationFailed', 409, 'Invalid VM parameters', [
      { field: 'uuid', code: 'Invalid' },
    ]);
  }
  const zonePath = join(node.zonesDir, uuid);
  await node.burials.get(uuid);
  try {
    await makeZoneDir(zonePath);
  } catch (err) {
    if ((err as NodeJS.ErrnoException).code !== 'EEXIST') throw err;
    throw new TritonError('VmAlreadyExists', 409, `VM ${uuid} already exists`);
  }
  const leaveImage = node.imageLayers.use(params.image.chainId);
  try {
    const machine = await fillZone(node, params, zonePath);
    machine.leaveImage = leaveImage;
    node.machines.set(uuid, machine);
    return { vm: machine.view() };
  } catch (err) {
    await removeSnapshots(node, uuid).catch((cause: unknown) => {
      node.log.error({ err: cause, vm: uuid }, 'the snapshot of a failed create stays until the next start');
    });
    await releaseLayer(zonePath);
    await removeTree(zonePath);
    leaveImage();
    throw err;
  }
}

async function fillZone(
  node: AgentNode,
  { vm, image, mounted: images = [] }: AgentTasks['machine_create']['params'],
  zonePath: string,
): Promise<Machine> {
  const base = await throughRestart(node, () => node.imageLayers.baseOf(image.chainId, vm.uuid));
  const rootfs = await makeWritableLayer(zonePath, base);
  const settings = dockerSettings(vm, image.config);
  const quota = node.diskQuotas ? diskQuota(vm, settings.hostConfig) : 0;
  if (quota > 0) await limitLayer(zonePath, rootfs, quota);
  const zoneVm = followOwnDirs({ ...withoutRunState(vm), server_uuid: node.serverUuid }, node.ownDirs);
  const imageMounts = images.length === 0 ? {} : { imageMounts: await viewImages(node, vm.uuid, images) };
  const zone = { v: 1 as const, vm: zoneVm, image, rootfs, ...imageMounts };
  const machine = new Machine(node.zonesDir, zone, NEVER_RUN);
  await checkProcessors(settings.hostConfig);
  await checkBindSources(settings.hostConfig);
  const volumes = vmVolumesOf(vm.internal_metadata);
  const mounted = new Set(volumes.map(({ mountpoint }) => cleanPath(mountpoint)));
  const wanted = machine.settings.volumes.filter(
    (dir) => dir.startsWith('/') && dir !== '/' && !mounted.has(cleanPath(dir)),
  );
  const workdir = askedWorkdir(settings.workdir, image.config.config);
  if (wanted.length > 0 || workdir !== null) {
    const mountPoint = join(zonePath, 'mnt');
    await mkdir(mountPoint);
    await createRootfsDirs(rootfs, mountPoint, { workdir, dirs: wanted });
    await rmdir(mountPoint);
  }
  await markAsDocker(layersOf(rootfs).upper, base.etc);
  await fillVolumes(node, machine, volumes);
  await writeZone(zonePath, machine.zone);
  return machine;
}

/** An image's own is there nearly always, and runc makes it at the start where it is not; one that was asked for is made here. */
function askedWorkdir(workdir: string, config: unknown): string | null {
  const own = (config as { WorkingDir?: string } | undefined)?.WorkingDir;
  return !workdir.startsWith('/') || cleanPath(workdir) === '/' || workdir === own ? null : workdir;
}
