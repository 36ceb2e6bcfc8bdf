// Takes an ended task away: its streams end when all output is on disk, and containerd forgets it.
import { outputEnded } from '#lib/containerd/shim-output.ts';
import type { LiveRun, Machine } from './machine.ts';
import type { AgentNode } from './node.ts';
import { throughRestart } from './through-restart.ts';

/**
 * Resolves when the run's output is complete and its streams have ended; the task's deletion may then still be under way
 * (machine.taskDeleted), since nobody who waits for an exit has to wait for runc. Never throws: a task that stays is deleted before
 * the next start.
 */
export async function endTask(node: AgentNode, machine: Machine, live: LiveRun | null = null): Promise<void> {
  const remove = (): Promise<void> =>
    node.background.start('deleting an ended task', { vm: machine.uuid }, () =>
      throughRestart(node, () => node.containerd.tasks.delete(machine.uuid, '')),
    );
  const output = live?.output ?? null;
  const known = output !== null && (await outputEnded(output));
  machine.taskDeleted = remove();
  if (!known) await machine.taskDeleted;
  try {
    await node.stdio.zone(machine.uuid).endRun();
  } catch (err) {
    node.log.error({ err, vm: machine.uuid }, 'the streams of an ended run could not be closed');
  }
}
