// A VM's own writable layer over its image's: two directories in its zone and the mount of both, made without asking containerd.
import { access, chown, mkdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Mount } from '#lib/containerd/types.ts';
import { layersOf } from './copy/overlay.ts';

const UPPER = 'fs';
const WORK = 'work';
/** Where the kernel has the option, it is turned off: layers are looked up by their names, also when they were copied here. */
const INDEX = '/sys/module/overlay/parameters/index';

/**
 * `lowers` are the image's directories, topmost first. The root directory belongs to whom it belongs in the image.
 * The zone's directory is there already.
 */
export async function makeWritableLayer(zonePath: string, lowers: readonly string[]): Promise<Mount[]> {
  const upper = join(zonePath, UPPER);
  const [top] = lowers;
  const [owner, hasIndex] = await Promise.all([
    top === undefined ? null : stat(top),
    access(INDEX).then(
      () => true,
      () => false,
    ),
    mkdir(upper, { mode: 0o755 }),
    top === undefined ? null : mkdir(join(zonePath, WORK), { mode: 0o711 }),
  ]);
  if (owner !== null && (owner.uid !== 0 || owner.gid !== 0)) await chown(upper, owner.uid, owner.gid);
  return writableMounts(zonePath, lowers, hasIndex);
}

/** The mounts in containerd's form. Pure. */
export function writableMounts(zonePath: string, lowers: readonly string[], hasIndex: boolean): Mount[] {
  const upper = join(zonePath, UPPER);
  if (lowers.length === 0) return [{ type: 'bind', source: upper, options: ['rw', 'rbind'] }];
  const options = [
    ...(hasIndex ? ['index=off'] : []),
    `workdir=${join(zonePath, WORK)}`,
    `upperdir=${upper}`,
    `lowerdir=${lowers.join(':')}`,
  ];
  return [{ type: 'overlay', source: 'overlay', options }];
}

/** False for a VM made by an earlier version, whose writable layer is a snapshot of containerd's by the VM's uuid. Pure. */
export function isInZone(zonePath: string, rootfs: Mount[]): boolean {
  return layersOf(rootfs).upper === join(zonePath, UPPER);
}
