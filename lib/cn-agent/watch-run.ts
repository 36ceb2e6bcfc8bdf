// Waits for the exit of a run and records it: first on disk, then output complete, then VMAPI, then the automatic restart.
import { setTimeout as delay } from 'node:timers/promises';
import { endTask } from './end-task.ts';
import type { LiveRun, Machine } from './machine.ts';
import { type AgentNode, publishRun, saveRun } from './node.ts';
import { killForgotten } from './own-process.ts';
import { withdrawPorts } from './ports/publish-ports.ts';
import { releaseRun } from './release-run.ts';
import { decideRestart } from './restart-policy.ts';
import { scheduleRestart } from './restart-run.ts';
import type { RunRecord } from './zone-files.ts';

/** As tasks.wait gives it; null = containerd does not know the task any more. */
export type Exit = { exitStatus: number; exitedAt: Date } | null;

/** What dockerd records for a run whose end nobody saw (moby daemon restore): never 0, which would say that all went well. */
export const EXIT_UNSEEN = 255;
const EXIT_KILLED = 137;
const WAIT_AGAIN_MS = 1000;

/** Watches in the background; `exit` may have been asked for already. */
export function watchRun(node: AgentNode, machine: Machine, live: LiveRun, exit: Promise<Exit>): void {
  void (async () => {
    const ended = await patientWait(node, machine, live, exit);
    if (ended === 'closed') return;
    await machine.lock.run(() => recordExit(node, machine, live, ended));
  })().catch((err: unknown) => {
    node.log.error({ err, vm: machine.uuid }, 'the exit of a VM could not be recorded');
  });
}

/** tasks.wait outlives containerd's restarts; anything else that fails is asked again, for a lost exit is never right. */
async function patientWait(
  node: AgentNode,
  machine: Machine,
  live: LiveRun,
  first: Promise<Exit>,
): Promise<Exit | 'closed'> {
  const { signal } = live.watch;
  for (let exit = first; ; exit = node.containerd.tasks.wait(machine.uuid, '', signal)) {
    try {
      return await exit;
    } catch (err) {
      if (signal.aborted || node.closing.aborted) return 'closed';
      node.log.error({ err, vm: machine.uuid }, 'waiting for an exit failed, asking again');
      await delay(WAIT_AGAIN_MS, undefined, { ref: false });
    }
  }
}

/** Under the VM's lock. A second call for the same run does nothing. */
export async function recordExit(
  node: AgentNode,
  machine: Machine,
  live: LiveRun,
  exit: Exit,
): Promise<void> {
  if (machine.live !== live || node.closing.aborted) return;
  const run = exitedRun(machine, live, exit ?? (await forgottenExit(node, machine, live)));
  await saveRun(node, machine, run);
  await endTask(node, machine, live);
  machine.live = null;
  // Whoever hears of the exit may start another container on the same ports.
  const withdrawn = [withdrawPorts(node, machine), node.firewall.close(machine.uuid)];
  publishRun(node, machine, { ...run, oomKilled: run.oomKilled || machine.run.oomKilled });
  machine.netReleased = node.background.start('giving back a network', { vm: machine.uuid }, () =>
    Promise.all([...withdrawn, releaseRun(node, machine)]),
  );
  live.watch.abort();
  live.end();
  if (run.phase === 'restarting') scheduleRestart(node, machine, run.restartDelay);
}

/** containerd does not know the task any more. What it has lost and left running is ended, so that the record is true. */
async function forgottenExit(node: AgentNode, machine: Machine, live: LiveRun): Promise<Exit> {
  if (!(await killForgotten(machine))) return null;
  node.log.error({ vm: machine.uuid, pid: live.pid }, 'containerd had lost a running VM: killed');
  return { exitStatus: EXIT_KILLED, exitedAt: new Date() };
}

function exitedRun(machine: Machine, live: LiveRun, exit: Exit): RunRecord {
  const before = machine.run;
  const exitedAt = exit?.exitedAt ?? new Date();
  const exitStatus = exit?.exitStatus ?? EXIT_UNSEEN;
  const { restart, delayMs } = decideRestart(machine.settings.restart, {
    exitStatus,
    ranMs: exitedAt.getTime() - live.startedMs,
    manuallyStopped: before.manuallyStopped,
    restartCount: before.restartCount,
    restartDelay: before.restartDelay,
  });
  const restarting = restart && !live.endWanted && !machine.destroying;
  return {
    ...before,
    phase: restarting || machine.rebooting > 0 ? 'restarting' : 'stopped',
    pid: null,
    paused: false,
    ports: null,
    exitStatus,
    exitedAt: exitedAt.toISOString(),
    restartCount: before.restartCount + (restarting ? 1 : 0),
    restartDelay: machine.settings.restart.name === 'no' ? 0 : delayMs,
  };
}
