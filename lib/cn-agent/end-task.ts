// Takes an ended task away: containerd drains its output and forgets it, then the output streams end.
import { hasCode } from '#lib/containerd/errors.ts';
import type { Machine } from './machine.ts';
import type { AgentNode } from './node.ts';

/** containerd is started again by its supervisor within this time, or something is badly wrong. */
const CONTAINERD_BACK_MS = 60_000;

/** Never throws: a task that stays is deleted before the next start. */
export async function endTask(node: AgentNode, machine: Machine): Promise<void> {
  try {
    await deleteTask(node, machine.uuid);
  } catch (err) {
    node.log.error({ err, vm: machine.uuid }, 'an ended task could not be deleted');
  }
  try {
    await node.stdio.zone(machine.uuid).endRun();
  } catch (err) {
    node.log.error({ err, vm: machine.uuid }, 'the streams of an ended run could not be closed');
  }
}

async function deleteTask(node: AgentNode, uuid: string): Promise<void> {
  try {
    await node.containerd.tasks.delete(uuid, '');
  } catch (err) {
    if (!hasCode(err, 'UNAVAILABLE')) throw err;
    await node.containerd.ready(CONTAINERD_BACK_MS);
    await node.containerd.tasks.delete(uuid, '');
  }
}
