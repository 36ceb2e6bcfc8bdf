// Copies what the image has at a volume's mount point into the volume, when that is empty, as dockerd does at create.
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { VmVolume } from '#lib/docker-vm/volumes.ts';
import { TritonError } from '#lib/wire/errors.ts';
import { readAnswer, startCage } from '../copy/cage.ts';
import { rootMount } from '../copy/overlay.ts';
import type { Machine } from '../machine.ts';
import type { AgentNode } from '../node.ts';
import { mayHave } from '../oci-spec/rootfs-file.ts';
import { escapes } from './use-volumes.ts';

/** The VM has not run yet. Throws TritonError VolumeOverFile, VolumeMountFailed, MountRefused with dockerd's text. */
export async function fillVolumes(node: AgentNode, machine: Machine, volumes: VmVolume[]): Promise<void> {
  const due = volumes.filter(({ nocopy }) => nocopy !== true);
  if (due.length === 0) return;
  const mountPoint = join(machine.zonePath, 'mnt');
  await mkdir(mountPoint, { recursive: true });
  for (const volume of due) {
    // dockerd too mounts a volume only when there is something to copy.
    if (!(await mayHave(machine.zone.rootfs, volume.mountpoint))) continue;
    const { uuid } = volume;
    const holder = `fill ${machine.uuid}`;
    await node.volumeMounts.hold(uuid, holder);
    try {
      await node.volumeMounts.alone(uuid, () => fill(machine, mountPoint, volume));
    } finally {
      await node.volumeMounts.release(uuid, holder);
    }
  }
}

/** Of a part of a volume, that part, when it is there already: the volume itself is never given one. */
async function fill(
  machine: Machine,
  mountPoint: string,
  { name, source, subpath = '', mountpoint, anonymous }: VmVolume,
): Promise<void> {
  const { type, source: root, options, directory } = rootMount(machine.zone.rootfs);
  const words = ['fill', mountPoint, type, root, options, directory, source, subpath, mountpoint];
  const { there } = await readAnswer(startCage({ words, namespace: null }));
  if (there === 'outside') {
    const message = `failed to populate volume: ${escapes(`volume ${name}`, subpath)}`;
    throw new TritonError('MountRefused', 400, message);
  }
  // Of one with a name the start sees whether it can be mounted there.
  if (there === 'file' && anonymous) {
    const message = `cannot mount volume over existing file, file exists ${mountpoint}`;
    throw new TritonError('VolumeOverFile', 400, message);
  }
}
