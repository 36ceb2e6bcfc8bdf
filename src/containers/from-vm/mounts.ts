// A container's mounts as Docker's list of mount points.
import { MD } from '#lib/docker-vm/metadata.ts';
import { listOf, vmVolumesOf } from '#lib/docker-vm/volumes.ts';
import type { Vm } from '#lib/wire/types.ts';
import { hostConfigOf } from '#src/vm/metadata.ts';
import { type PlannedMount, planMounts } from '../create/plan-mounts.ts';
import type { CreateRequest, MountPoint } from '../types.ts';

/** Sorted by destination. --tmpfs is not among them, as in dockerd. Pure. */
export function toMounts(vm: Vm): MountPoint[] {
  return mountsOf(vm)
    .map(toPoint)
    .sort((a, b) => (a.Destination < b.Destination ? -1 : 1));
}

function toPoint({
  Type,
  Name,
  Source,
  Destination,
  Driver,
  Mode,
  RW,
  Propagation,
}: PlannedMount): MountPoint {
  const named = { ...(Name === undefined ? {} : { Name }), Source, Destination };
  return { Type, ...named, ...(Driver === undefined ? {} : { Driver }), Mode, RW, Propagation };
}

/** With what another container's --volumes-from must know. Pure. */
export function mountsOf(vm: Vm): PlannedMount[] {
  const volumes = new Map(vmVolumesOf(vm.internal_metadata).map((volume) => [volume.mountpoint, volume]));
  const planned = vm.internal_metadata[MD.mounts];
  const mounts = planned === undefined ? olderMounts(vm) : listOf<PlannedMount>(planned);
  return mounts.map((mount) => {
    const volume = mount.Type === 'volume' ? volumes.get(mount.Destination) : undefined;
    if (!volume) return mount;
    return { ...mount, Source: volume.source, Driver: volume.type };
  });
}

/** A VM from before docker:mounts has only the binds of its HostConfig. */
function olderMounts(vm: Vm): PlannedMount[] {
  const { Binds = null, Mounts } = hostConfigOf(vm);
  const hostConfig = { Binds, ...(Mounts ? { Mounts } : {}) } as CreateRequest['hostConfig'];
  try {
    return planMounts({ config: { Volumes: null } as CreateRequest['config'], hostConfig }, [], 'local')
      .mounts;
  } catch {
    return [];
  }
}
