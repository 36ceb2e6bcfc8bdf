// A VM's own writable layer over its image's: two directories in its zone and the mount of both, made without asking containerd.
import { chown, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Mount } from '#lib/containerd/types.ts';
import { layersOf } from './copy/overlay.ts';
import type { ImageBase } from './image-layers.ts';
import { limitTrees, releaseTree } from './quota/quota.ts';

const UPPER = 'fs';
const WORK = 'work';

/** The root directory belongs to whom it belongs in the image. The zone's directory is there already. */
export async function makeWritableLayer(zonePath: string, base: ImageBase): Promise<Mount[]> {
  const { uid, gid } = base.owner;
  const upper = join(zonePath, UPPER);
  await Promise.all([
    mkdir(upper, { mode: 0o755 }),
    base.dirs.length === 0 ? null : mkdir(join(zonePath, WORK), { mode: 0o711 }),
  ]);
  if (uid !== 0 || gid !== 0) await chown(upper, uid, gid);
  return writableMounts(zonePath, base);
}

/** The mounts in containerd's form. Pure. */
export function writableMounts(
  zonePath: string,
  { dirs, hasIndex }: Pick<ImageBase, 'dirs' | 'hasIndex'>,
): Mount[] {
  const upper = join(zonePath, UPPER);
  if (dirs.length === 0) return [{ type: 'bind', source: upper, options: ['rw', 'rbind'] }];
  const options = [
    ...(hasIndex ? ['index=off'] : []),
    `workdir=${join(zonePath, WORK)}`,
    `upperdir=${upper}`,
    `lowerdir=${dirs.join(':')}`,
  ];
  return [{ type: 'overlay', source: 'overlay', options }];
}

/** The layer is new and empty, or has a limit. 0 = as much as there is room. Throws TritonError QuotaFailed. */
export function limitLayer(zonePath: string, rootfs: Mount[], bytes: number): Promise<void> {
  // What the kernel prepares beside the layer it moves into it: both are of one account, or it could not.
  const dirs = rootfs[0]?.type === 'overlay' ? [UPPER, WORK] : [UPPER];
  return limitTrees(
    zonePath,
    dirs.map((dir) => join(zonePath, dir)),
    bytes,
  );
}

/** Before the zone's folder is deleted, also one that is no more than begun, or a tombstone by now. */
export function releaseLayer(zonePath: string): Promise<void> {
  return releaseTree(zonePath, join(zonePath, UPPER));
}

/** False for a VM made by an earlier version, whose writable layer is a snapshot of containerd's by the VM's uuid. Pure. */
export function isInZone(zonePath: string, rootfs: Mount[]): boolean {
  return layersOf(rootfs).upper === join(zonePath, UPPER);
}
