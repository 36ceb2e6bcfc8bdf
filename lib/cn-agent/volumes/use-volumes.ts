// The volumes and images of a container made ready to be mounted into it: devices and images mounted, parts found inside them.
import { mkdir, rm, rmdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { imageMountsOf } from '#lib/docker-vm/image-mounts.ts';
import { vmVolumesOf } from '#lib/docker-vm/volumes.ts';
import { TritonError } from '#lib/wire/errors.ts';
import { readAnswer, startCage } from '../copy/cage.ts';
import { rootMount } from '../copy/overlay.ts';
import type { Machine } from '../machine.ts';
import type { AgentNode } from '../node.ts';
import { cleanPath } from '../oci-spec/binds.ts';
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
  for (const [at, { mountpoint, source, subpath = '', name }] of volumes.entries()) {
    if (subpath === '') continue;
    const what = { source, subpath, whole: `volume ${name}` };
    parts.set(mountpoint, await mountPart(partPath(node, machine, at), what));
  }
  await mountImages(node, machine, parts);
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
  for (const [at, { subpath }] of imageMountsOf(machine.zone.vm.internal_metadata).entries()) {
    if (subpath) await removePart(partOfImagePath(node, machine, at));
    await removePart(imagePath(node, machine, at));
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

function imagePath({ volumesDir }: AgentNode, machine: Machine, at: number): string {
  return join(volumesDir, PARTS, `${machine.uuid}.image.${at}`);
}

function partOfImagePath(node: AgentNode, machine: Machine, at: number): string {
  return `${imagePath(node, machine, at)}.part`;
}

/** Tells `parts` where each image that the VM mounts is, or the part of it. */
async function mountImages(node: AgentNode, machine: Machine, parts: Map<string, string>): Promise<void> {
  const { vm, imageMounts = [] } = machine.zone;
  for (const [at, { Destination, Name, subpath = '' }] of imageMountsOf(vm.internal_metadata).entries()) {
    const source = imagePath(node, machine, at);
    await removePart(source);
    await mkdir(source, { mode: 0o700 });
    const { type, source: device, options, directory } = rootMount(imageMounts[at] ?? []);
    await readAnswer(
      startCage({ words: ['layers', source, type, device, options, directory], namespace: null }),
    );
    const part = { source, subpath, whole: `image ${Name}` };
    const path = subpath === '' ? source : await mountPart(partOfImagePath(node, machine, at), part);
    parts.set(cleanPath(Destination), path);
  }
}

/** A part of a volume or of an image. */
interface Part {
  source: string;
  subpath: string;
  /** Of what, for who reads why not. */
  whole: string;
}

/** A link in the subpath leads nowhere outside, and whoever changes it later changes nothing. */
async function mountPart(target: string, { source, subpath, whole }: Part): Promise<string> {
  await removePart(target);
  const words = ['part', source, subpath, target];
  const found = await readAnswer(startCage({ words: [...words, 'look'], namespace: null }));
  refuseUnusable(found, whole, subpath);
  if (found.kind === 'd') await mkdir(target, { mode: 0o700 });
  else await writeFile(target, '', { mode: 0o600 });
  const mounted = await readAnswer(startCage({ words: [...words, 'mount'], namespace: null }));
  refuseUnusable(mounted, whole, subpath);
  return target;
}

/** In dockerd's words, but without the path that the compute node has for it. */
function refuseUnusable(answer: Record<string, unknown>, whole: string, subpath: string): void {
  const { failed } = answer;
  const why =
    answer.escapes !== undefined
      ? escapes(whole, subpath)
      : typeof failed === 'string' && `cannot access path ${subpath} of ${whole}: ${failed}`;
  if (why) throw new TritonError('VolumeMountFailed', 400, why);
}

/** dockerd's text for a subpath that leads out of `whole`. */
export function escapes(whole: string, subpath: string): string {
  return `path concatenation escapes the base directory, base: ${whole}, subpath: ${subpath}`;
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
