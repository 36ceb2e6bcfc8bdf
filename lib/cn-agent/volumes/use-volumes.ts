// The volumes of a container made ready to be mounted into it: those with a device mounted, parts of volumes found inside them.
import { mkdir, rm, rmdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type VmVolume, vmVolumesOf } from '#lib/docker-vm/volumes.ts';
import { TritonError } from '#lib/wire/errors.ts';
import { readAnswer, startCage } from '../copy/cage.ts';
import type { Machine } from '../machine.ts';
import type { AgentNode } from '../node.ts';
import type { VolumeBind } from '../oci-spec/types.ts';
import { volumeBinds } from '../oci-spec/volume-binds.ts';
import { unmountAll } from './unmount.ts';
import { PARTS } from './volume-files.ts';

/** Everything that is mounted beside the binds of HostConfig. `holder` gives back by releaseVolumes, also after a failure. */
export async function holdVolumes(node: AgentNode, machine: Machine, holder: string): Promise<VolumeBind[]> {
  const { vm } = machine.zone;
  const volumes = vmVolumesOf(vm.internal_metadata);
  for (const { uuid } of volumes) await node.volumeMounts.hold(uuid, holder);
  const parts = new Map<string, string>();
  for (const [at, volume] of volumes.entries()) {
    if (volume.subpath) parts.set(volume.mountpoint, await mountPart(partPath(node, machine, at), volume));
  }
  return volumeBinds(vm).map((bind) => ({ ...bind, source: parts.get(bind.destination) ?? bind.source }));
}

/** Fine when nothing is held. */
export async function releaseVolumes(node: AgentNode, machine: Machine, holder: string): Promise<void> {
  await releaseParts(node, machine);
  for (const { uuid } of vmVolumesOf(machine.zone.vm.internal_metadata))
    await node.volumeMounts.release(uuid, holder);
}

/** Whoever has mounted them keeps them. */
export async function releaseParts(node: AgentNode, machine: Machine): Promise<void> {
  for (const [at, { subpath }] of vmVolumesOf(machine.zone.vm.internal_metadata).entries()) {
    if (subpath) await removePart(partPath(node, machine, at));
  }
}

/** At the agent's start, before anything is started: what running containers use stays mounted, the rest goes. */
export async function recoverVolumes(node: AgentNode, running: readonly Machine[]): Promise<void> {
  const used = new Map<string, string[]>();
  for (const machine of running) {
    for (const { uuid } of vmVolumesOf(machine.zone.vm.internal_metadata))
      used.set(uuid, [...(used.get(uuid) ?? []), machine.uuid]);
  }
  await node.volumeMounts.recover(used);
}

function partPath({ volumesDir }: AgentNode, machine: Machine, at: number): string {
  return join(volumesDir, PARTS, `${machine.uuid}.${at}`);
}

/** A link in the subpath leads nowhere outside the volume, and whoever changes it later changes nothing. */
async function mountPart(target: string, { source, subpath = '', name }: VmVolume): Promise<string> {
  await removePart(target);
  const words = ['part', source, subpath, target];
  const { kind, failed } = await readAnswer(startCage({ words: [...words, 'look'], namespace: null }));
  if (typeof failed === 'string') throw noPart(name, subpath, failed);
  if (kind === 'd') await mkdir(target, { mode: 0o700 });
  else await writeFile(target, '', { mode: 0o600 });
  const mounted = await readAnswer(startCage({ words: [...words, 'mount'], namespace: null }));
  if (typeof mounted.failed === 'string') throw noPart(name, subpath, mounted.failed);
  return target;
}

function noPart(name: string, subpath: string, why: string): TritonError {
  return new TritonError('VolumeMountFailed', 400, `cannot access path ${subpath} of volume ${name}: ${why}`);
}

async function removePart(target: string): Promise<void> {
  await unmountAll(target);
  try {
    await rmdir(target);
  } catch (err) {
    if ((err as NodeJS.ErrnoException).code === 'ENOTDIR') await rm(target);
    else if ((err as NodeJS.ErrnoException).code !== 'ENOENT') throw err;
  }
}
