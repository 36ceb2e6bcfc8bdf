// machine_boot: starts a stopped VM.
import { TritonError } from '#lib/wire/errors.ts';
import type { Machine } from './machine.ts';
import { type AgentNode, getMachine, vmNotFound } from './node.ts';
import { startRun } from './start-run.ts';
import type { AgentTasks } from './types.ts';

/** Throws TritonError VmNotFound, VmNotStopped (409), VmStartFailed (Docker's text). */
export async function machineBoot(
  node: AgentNode,
  { uuid }: AgentTasks['machine_boot']['params'],
): Promise<AgentTasks['machine_boot']['result']> {
  const machine = getMachine(node, uuid);
  await machine.lock.run(() => bootByHand(node, machine));
  return { vm: machine.view() };
}

/** Under the VM's lock. A start by hand forgets how often and how slowly it restarted, and that it was stopped by hand. */
export async function bootByHand(node: AgentNode, machine: Machine): Promise<void> {
  if (machine.destroying) throw vmNotFound(machine.uuid);
  if (machine.live) throw new TritonError('VmNotStopped', 409, `VM ${machine.uuid} is not stopped`);
  if (machine.restartTimer) clearTimeout(machine.restartTimer);
  machine.restartTimer = null;
  await startRun(node, machine, {
    ...machine.run,
    restartCount: 0,
    restartDelay: 0,
    manuallyStopped: false,
  });
}
