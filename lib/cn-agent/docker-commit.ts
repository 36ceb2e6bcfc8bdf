// docker_commit: what a VM has written into its root file system, as a layer in containerd's content store.
import { randomUUID } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { TritonError } from '#lib/wire/errors.ts';
import { startCage } from './copy/cage.ts';
import type { Copy } from './copy/copies.ts';
import { layersOf } from './copy/overlay.ts';
import { freeze } from './freeze.ts';
import type { Machine } from './machine.ts';
import { type AgentNode, getMachine } from './node.ts';
import type { AgentTasks } from './types.ts';

/**
 * The plain tar: its digest is the diff id as well. With `pause` a running VM stands still meanwhile. Throws TritonError VmNotFound,
 * CommitFailed.
 */
export async function dockerCommit(
  node: AgentNode,
  { uuid, pause, labels }: AgentTasks['docker_commit']['params'],
): Promise<AgentTasks['docker_commit']['result']> {
  const machine = getMachine(node, uuid);
  const thaw = pause ? await freeze(node, machine) : null;
  try {
    const { digest, size } = await writeLayer(node, machine, labels);
    return { digest, size, parentChainId: machine.zone.image.chainId };
  } finally {
    await thaw?.();
  }
}

async function writeLayer(
  node: AgentNode,
  machine: Machine,
  labels: Record<string, string>,
): Promise<{ digest: string; size: number }> {
  const { upper, options, directory, lowers } = layersOf(machine.zone.rootfs);
  const mountPoint = join(machine.zonePath, 'mnt');
  await mkdir(mountPoint, { recursive: true });
  const copy: Copy = { pid: null, kill: () => undefined };
  machine.copies.add(copy);
  try {
    return await node.containerd.content.writeUnknown({
      ref: `commit-${randomUUID()}`,
      labels,
      source: async () => tarOf(['layer', mountPoint, upper, options, directory, ...lowers], copy),
    });
  } finally {
    copy.kill();
    machine.copies.remove(copy);
  }
}

async function* tarOf(words: string[], copy: Copy): AsyncIterable<Uint8Array> {
  const { child, ended } = startCage({ words, namespace: null });
  copy.pid = child.pid ?? null;
  copy.kill = () => void child.kill('SIGKILL');
  child.stdin?.on('error', () => undefined).end();
  for await (const chunk of child.stdout!) yield chunk as Buffer;
  const { code, complaint } = await ended;
  if (code !== 0) throw new TritonError('CommitFailed', 500, complaint || 'the commit was cut off');
}
