// machine_destroy: a VM disappears from this node; the heavy part goes on after the answer and survives a crash.
import { removeTree } from '#lib/process/remove-tree.ts';
import { hasRestCode } from '#lib/wire/errors.ts';
import { unmountShm } from './joins/shm.ts';
import type { Machine } from './machine.ts';
import { killAndWait } from './machine-kill.ts';
import type { AgentNode } from './node.ts';
import { cancelRestart } from './restart-run.ts';
import { removeSnapshots } from './snapshots.ts';
import type { AgentTasks } from './types.ts';
import { isInZone, releaseLayer } from './writable-layer.ts';
import { buryZone } from './zone-files.ts';

/**
 * Idempotent: an unknown VM is gone already. A running one is killed first, its exit recorded and told. Then the zone's directory
 * becomes a tombstone, in one rename: from there on the rest will be deleted, by this life of the agent or by its next.
 */
export async function machineDestroy(
  node: AgentNode,
  { uuid }: AgentTasks['machine_destroy']['params'],
): Promise<AgentTasks['machine_destroy']['result']> {
  const machine = node.machines.get(uuid);
  if (!machine) return {};
  machine.destroying = true;
  machine.copies.abort();
  try {
    await stopForGood(node, machine);
    await machine.lock.run(() => bury(node, machine));
  } catch (err) {
    machine.destroying = false;
    throw err;
  }
  return {};
}

async function stopForGood(node: AgentNode, machine: Machine): Promise<void> {
  await machine.lock.run(() => cancelRestart(node, machine));
  if (!machine.live) return;
  try {
    await killAndWait(node, machine);
  } catch (err) {
    if (!hasRestCode(err, 'VmNotRunning')) throw err;
  }
}

async function bury(node: AgentNode, machine: Machine): Promise<void> {
  // A second destroy at the same time finds it done.
  if (!node.machines.has(machine.uuid)) return;
  await node.stdio.zone(machine.uuid).remove();
  const tombstone = await buryZone(node.zonesDir, machine.uuid);
  node.machines.delete(machine.uuid);
  startBurial(node, machine.uuid, async () => {
    await Promise.all([machine.netReleased, machine.taskDeleted]);
    const { hasContainer } = machine;
    const { rootfs, imageMounts = [] } = machine.zone;
    const hasSnapshot = imageMounts.length > 0 || !isInZone(machine.zonePath, rootfs);
    await deleteRemains(node, machine.uuid, { tombstone, hasContainer, hasSnapshot });
    machine.leaveImage();
  });
}

/** The deletion in the background, known to a create of the same uuid. */
export function startBurial(node: AgentNode, uuid: string, fn: () => Promise<void>): void {
  const burial = node.background.start('deleting a destroyed VM', { vm: uuid }, fn);
  node.burials.set(uuid, burial);
  void burial.then(() => node.burials.delete(uuid));
}

/** What a destroyed VM leaves in containerd and on disk; the tombstone goes last. */
export async function deleteRemains(
  node: AgentNode,
  uuid: string,
  remains: { tombstone: string | null; hasContainer: boolean; hasSnapshot: boolean },
): Promise<void> {
  const { tombstone, hasContainer, hasSnapshot } = remains;
  if (hasContainer) {
    await node.containerd.tasks.clearRemains(uuid);
    await node.containerd.containers.delete(uuid);
  }
  if (hasSnapshot) await removeSnapshots(node, uuid);
  if (!tombstone) return;
  await unmountShm(tombstone);
  await releaseLayer(tombstone);
  await removeTree(tombstone);
}
