// machine_boot: starts a stopped VM.
import { TritonError } from '#lib/wire/errors.ts';
import type { Machine } from './machine.ts';
import { type AgentNode, getMachine, vmNotFound } from './node.ts';
import { startRun } from './start-run.ts';
import type { AgentTasks } from './types.ts';

/** Throws TritonError VmNotFound, VmNotStopped (409), NicsChanged (409), VmStartFailed (Docker's text). */
export async function machineBoot(
  node: AgentNode,
  { uuid, macs }: AgentTasks['machine_boot']['params'],
): Promise<AgentTasks['machine_boot']['result']> {
  const machine = getMachine(node, uuid);
  await machine.lock.run(async () => {
    checkNics(machine, macs);
    await bootByHand(node, machine);
  });
  return { vm: machine.view() };
}

/** Under the VM's lock. Whoever starts a VM has seen nics; one that was taken from it since would be missing without a word. */
export function checkNics({ uuid, live, zone }: Machine, macs: string[] | undefined): void {
  if (live || macs === undefined) return;
  const now = new Set(zone.vm.nics.map(({ mac }) => mac));
  if (now.size === macs.length && macs.every((mac) => now.has(mac))) return;
  throw new TritonError('NicsChanged', 409, `VM ${uuid} has other nics by now`);
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
