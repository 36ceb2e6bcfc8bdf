// machine_pause and machine_unpause: freezes every process of a running VM, and lets them go on.
import type { TaskState } from '#lib/containerd/types.ts';
import { TritonError } from '#lib/wire/errors.ts';
import { askTask } from './ask-task.ts';
import type { LiveRun, Machine } from './machine.ts';
import { type AgentNode, commitRun, getMachine, vmNotRunning } from './node.ts';
import type { AgentTasks } from './types.ts';

/** Throws TritonError VmNotFound, VmNotRunning (409), VmPaused (409) when it is so already, VmPauseFailed. */
export async function machinePause(
  node: AgentNode,
  { uuid }: AgentTasks['machine_pause']['params'],
): Promise<AgentTasks['machine_pause']['result']> {
  const machine = getMachine(node, uuid);
  await machine.lock.run(async () => {
    const { live } = machine;
    if (!live) throw vmNotRunning(uuid);
    if (machine.run.paused) throw new TritonError('VmPaused', 409, `VM ${uuid} is already paused`);
    machine.pausing = true;
    try {
      // A process that runc puts into a cgroup while that is frozen never comes up, and keeps its shim from thawing it.
      await node.stdio.execsStarted(uuid);
      await change(node, machine, live, true);
    } finally {
      machine.pausing = false;
    }
  });
  return { vm: machine.view() };
}

/** Throws TritonError VmNotFound, VmNotPaused (409), VmPauseFailed. */
export async function machineUnpause(
  node: AgentNode,
  { uuid }: AgentTasks['machine_unpause']['params'],
): Promise<AgentTasks['machine_unpause']['result']> {
  const machine = getMachine(node, uuid);
  await machine.lock.run(async () => {
    const { live } = machine;
    if (!live || !machine.run.paused) throw new TritonError('VmNotPaused', 409, `VM ${uuid} is not paused`);
    await change(node, machine, live, false);
  });
  return { vm: machine.view() };
}

/** Takes note of what containerd's task is. Under the VM's lock; does nothing when it is known, or the run is over. */
export async function notePaused(
  node: AgentNode,
  machine: Machine,
  live: LiveRun,
  paused: boolean,
): Promise<void> {
  if (machine.live !== live || machine.run.paused === paused) return;
  await commitRun(node, machine, { ...machine.run, paused });
}

export function isPaused(state: TaskState): boolean {
  return state.status === 'paused' || state.status === 'pausing';
}

async function change(node: AgentNode, machine: Machine, live: LiveRun, paused: boolean): Promise<void> {
  const { tasks } = node.containerd;
  try {
    await (paused ? tasks.pause(machine.uuid) : tasks.resume(machine.uuid));
  } catch (err) {
    // containerd may have gone down after the deed.
    const state = await askTask(node, machine.uuid, () => tasks.get(machine.uuid, ''));
    if (state === null || state.status === 'stopped') throw vmNotRunning(machine.uuid);
    if (isPaused(state) !== paused)
      throw new TritonError('VmPauseFailed', 500, (err as Error).message, [], err as Error);
  }
  await notePaused(node, machine, live, paused);
}
