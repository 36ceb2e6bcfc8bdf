// Gives back what a run holds on the host beside its task: its network, a /dev/shm that others may join, volumes that are mounted.
import { unmountShm } from './joins/shm.ts';
import type { Machine } from './machine.ts';
import type { AgentNode } from './node.ts';
import { releaseVolumes } from './volumes/use-volumes.ts';

/** Fine when it holds nothing. Throws the first failure when everything has been tried. */
export async function releaseRun(node: AgentNode, machine: Machine): Promise<void> {
  const work = [
    node.net.release(machine.uuid),
    unmountShm(machine.zonePath),
    releaseVolumes(node, machine, machine.uuid),
  ];
  await Promise.allSettled(work);
  await Promise.all(work);
}
