// The automatic restart after a back-off, and its cancelling.
import type { Machine } from './machine.ts';
import { type AgentNode, commitRun } from './node.ts';
import { startRun } from './start-run.ts';

/** Starts again in `delayMs`, unless cancelled. The record must say `restarting` by now. */
export function scheduleRestart(node: AgentNode, machine: Machine, delayMs: number): void {
  if (machine.rebooting > 0 || node.closing.aborted) return;
  const timer = setTimeout(() => {
    node.background.start('an automatic restart', { vm: machine.uuid }, () =>
      machine.lock.run(() => restart(node, machine, timer)),
    );
  }, delayMs);
  machine.restartTimer = timer;
}

async function restart(node: AgentNode, machine: Machine, timer: NodeJS.Timeout): Promise<void> {
  if (machine.restartTimer !== timer || node.closing.aborted) return;
  machine.restartTimer = null;
  const { exitStatus } = machine.run;
  try {
    await startRun(node, machine, machine.run);
  } catch (err) {
    node.log.error({ err, vm: machine.uuid }, 'an automatic restart failed; no further one');
    // dockerd shows the exit of the last run that was, beside the error of the start that failed.
    await commitRun(node, machine, { ...machine.run, exitStatus });
  }
}

/** Under the VM's lock. True when a restart was due and is now off: the VM is plainly stopped. */
export async function cancelRestart(node: AgentNode, machine: Machine): Promise<boolean> {
  if (machine.restartTimer === null) return false;
  clearTimeout(machine.restartTimer);
  machine.restartTimer = null;
  await commitRun(node, machine, { ...machine.run, phase: 'stopped', manuallyStopped: true });
  return true;
}
