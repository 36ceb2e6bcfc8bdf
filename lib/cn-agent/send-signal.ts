// Sends a signal to a container's first process and marks the run as dockerd does.
import { hasCode } from '#lib/containerd/errors.ts';
import type { LiveRun, Machine } from './machine.ts';
import { notePaused } from './machine-pause.ts';
import { type AgentNode, vmNotRunning } from './node.ts';
import { isOwnProcess } from './own-process.ts';
import { cancelRestart } from './restart-run.ts';
import { SIGKILL } from './signals.ts';

/**
 * Under the VM's lock. Any signal by hand counts as "manually stopped"; the restart policy is off for this run when the signal is
 * one that stops: SIGKILL, Config.StopSignal, or any when none is configured (moby daemon/kill.go).
 * Resolves with the run that was signalled, or null when only a due restart had to be cancelled. Throws VmNotRunning.
 */
export async function sendSignal(node: AgentNode, machine: Machine, signal: number): Promise<LiveRun | null> {
  const { live, settings } = machine;
  if (!live) {
    if (await cancelRestart(node, machine)) return null;
    throw vmNotRunning(machine.uuid);
  }
  const stops = signal === SIGKILL || !settings.ownStopSignal || signal === settings.stopSignal;
  if (stops) live.endWanted = true;
  await markStopped(machine);
  await deliver(node, machine, live, signal);
  if (stops && machine.run.paused) await thawFor(node, machine, live, signal);
  return live;
}

/** A frozen process takes no signal. One that SIGKILL ends is not told as unpaused before, as in dockerd. */
async function thawFor(node: AgentNode, machine: Machine, live: LiveRun, signal: number): Promise<void> {
  try {
    await node.containerd.tasks.resume(machine.uuid);
  } catch (err) {
    // With cgroup v2 it may have died already.
    node.log.debug({ err, vm: machine.uuid }, 'a paused VM could not be resumed for a signal');
    return;
  }
  if (signal !== SIGKILL) await notePaused(node, machine, live, false);
}

/** On disk before the signal goes out: after a crash `unless-stopped` must know. */
async function markStopped(machine: Machine): Promise<void> {
  if (machine.run.manuallyStopped) return;
  machine.run = { ...machine.run, manuallyStopped: true };
  if (machine.settings.restart.name === 'no') return;
  await machine.saveRun(machine.run);
}

async function deliver(node: AgentNode, machine: Machine, live: LiveRun, signal: number): Promise<void> {
  if (killDirectly(machine, live, signal)) return;
  try {
    await node.containerd.tasks.kill({ id: machine.uuid, execId: '', signal });
  } catch (err) {
    // It has just ended by itself; its exit is on the way.
    if (!hasCode(err, 'NOT_FOUND') && !hasCode(err, 'FAILED_PRECONDITION')) throw err;
  }
}

/**
 * The shim would run `runc kill`, some 20 ms, to do no more than this. Sure of the process: its cgroup carries the container's
 * id, read in the same turn. False when that cannot be told.
 */
function killDirectly(machine: Machine, live: LiveRun, signal: number): boolean {
  try {
    if (!isOwnProcess(machine, live.pid)) return false;
    process.kill(live.pid, signal);
    return true;
  } catch {
    return false;
  }
}
