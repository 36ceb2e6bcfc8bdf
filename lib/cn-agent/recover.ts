// What the agent does when it comes up: finishes what was cut off, takes up what runs, records what ended, restarts what must run.
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { isShimGone } from '#lib/containerd/errors.ts';
import { shimOutput } from '#lib/containerd/shim-output.ts';
import type { TaskState } from '#lib/containerd/types.ts';
import { removeTree } from '#lib/process/remove-tree.ts';
import { bootLevels } from './boot-levels.ts';
import { endTask } from './end-task.ts';
import { isFrozenByUs, thaw } from './freeze.ts';
import { unmountShm } from './joins/shm.ts';
import { Machine, newLiveRun } from './machine.ts';
import { bootByHand } from './machine-boot.ts';
import { deleteRemains, startBurial } from './machine-destroy.ts';
import { isPaused, notePaused } from './machine-pause.ts';
import { recoverNames } from './names.ts';
import { type AgentNode, commitRun } from './node.ts';
import { recoverPorts } from './ports/recover-ports.ts';
import { wantsRestart } from './restart-policy.ts';
import { removeSnapshots } from './snapshots.ts';
import { recoverVolumes } from './volumes/use-volumes.ts';
import { EXIT_UNSEEN, type Exit, recordExit, watchRun } from './watch-run.ts';
import { releaseLayer } from './writable-layer.ts';
import { listTombstones, listZones, readZone } from './zone-files.ts';

/** Boots at a time when the machine comes up: a start costs CPU more than it waits. */
const BOOTS_AT_ONCE = 4;
/** Between two questions to a shim that is slow to answer. */
const ASK_AGAIN_MS = 200;
/** dockerd's code for a start that failed for no reason of the container's. */
const START_FAILED = 128;

/** Fills node.machines. Restarts go on in the background. */
export async function recover(node: AgentNode): Promise<void> {
  const uuids = await listZones(node.zonesDir);
  const tasks = new Map((await node.containerd.tasks.list()).map((task) => [task.id, task.state]));
  const containers = new Set((await node.containerd.containers.list()).map((container) => container.id));
  const machines = (await Promise.all(uuids.map((uuid) => loadZone(node, uuid)))).filter((m) => m !== null);
  await Promise.all(machines.map((machine) => makeSure(node, machine, tasks)));
  for (const machine of machines) {
    machine.hasContainer = containers.has(machine.uuid);
    node.machines.set(machine.uuid, machine);
  }
  await node.net.recover(machines.filter((m) => isAlive(tasks.get(m.uuid))).map((m) => m.uuid));
  const alive = machines.filter((m) => isAlive(tasks.get(m.uuid)));
  await Promise.all([
    node.firewall.recover(alive.map((m) => m.zone.vm)),
    recoverPorts(node, alive),
    recoverNames(node, alive),
    recoverVolumes(node, alive),
  ]);
  await Promise.all(
    machines.map((machine) => machine.lock.run(() => settle(node, machine, tasks.get(machine.uuid)))),
  );
  await finishDestroys(node, tasks);
  node.background.start('starting VMs by their restart policy', {}, () => restartByPolicy(node, machines));
}

/** null for a create that was cut off (removed here) and for a record that cannot be read (left alone). */
async function loadZone(node: AgentNode, uuid: string): Promise<Machine | null> {
  const zonePath = join(node.zonesDir, uuid);
  try {
    const found = await readZone(zonePath);
    if (found !== null) {
      const machine = new Machine(node.zonesDir, found.zone, found.run);
      machine.leaveImage = node.imageLayers.use(found.zone.image.chainId);
      return machine;
    }
    node.log.info({ vm: uuid }, 'removing the remains of a create that was cut off');
    await removeSnapshots(node, uuid);
    await releaseLayer(zonePath);
    await removeTree(zonePath);
  } catch (err) {
    node.log.error({ err, vm: uuid }, 'the record of a VM cannot be read; it is left as it is');
  }
  return null;
}

/**
 * containerd's list is no proof: a task whose shim is slow to answer has no state and no pid in it, and one whose shim could not be asked
 * is missing. What it does not know of a VM that was up is asked again, or taken from the VM's record.
 */
async function makeSure(node: AgentNode, machine: Machine, tasks: Map<string, TaskState>): Promise<void> {
  const { uuid, run } = machine;
  const state = tasks.get(uuid) ?? (wasUp(machine) ? await askAgain(node, uuid) : null);
  if (!state) return;
  tasks.set(uuid, state);
  if (state.status !== 'unknown' || run.phase !== 'running' || run.pid === null) return;
  // Its end, if it has come, is what watchRun is told when the shim answers.
  node.log.warn({ vm: uuid }, 'the state of a VM cannot be asked, its record is believed');
  tasks.set(uuid, { ...state, pid: run.pid, status: run.paused ? 'paused' : 'running' });
}

async function askAgain(node: AgentNode, uuid: string): Promise<TaskState | null> {
  try {
    return await node.containerd.tasks.get(uuid, '');
  } catch (err) {
    if (isShimGone(err)) return null;
    throw err;
  }
}

/** A boot that was cut off, and its shim does not answer: settled when it does. Nothing waits for that. */
function settleLater(node: AgentNode, machine: Machine): void {
  node.background.start('asking a shim that is slow to answer', { vm: machine.uuid }, async () => {
    let state: TaskState | null;
    do {
      await delay(ASK_AGAIN_MS);
      if (node.closing.aborted) return;
      state = await askAgain(node, machine.uuid);
    } while (state?.status === 'unknown');
    await machine.lock.run(async () => {
      if (!machine.live && !machine.destroying) await settle(node, machine, state ?? undefined);
    });
    if (machine.run.phase === 'restarting' && machine.restartTimer === null) await bringUp(node, machine);
  });
}

function wasUp({ run }: Machine): boolean {
  return run.phase === 'running' || run.phase === 'starting';
}

function isAlive(state: TaskState | undefined): boolean {
  return state !== undefined && ['running', 'paused', 'pausing', 'unknown'].includes(state.status);
}

/** Makes record, containerd and stdio agree about one VM. Under its lock. */
async function settle(node: AgentNode, machine: Machine, state: TaskState | undefined): Promise<void> {
  const { tty, openStdin, stdinOnce } = machine.settings;
  const running = isAlive(state);
  try {
    await node.stdio
      .zone(machine.uuid)
      .recover({ running, tty, openStdin, stdinOnce })
      .catch((err: unknown) => {
        node.log.error({ err, vm: machine.uuid }, 'the streams of a VM could not be taken up');
      });
    if (!running) await unmountShm(machine.zonePath);
    if (state?.status === 'unknown') settleLater(node, machine);
    else if (state && running) await adopt(node, machine, state);
    else if (state?.status === 'created') await dropUnstarted(node, machine);
    // containerd breaks off a creation whose caller died: there has been no run.
    else if (machine.run.phase === 'starting' && !state) await recordCutOff(node, machine);
    else if (wasUp(machine)) await recordMissedExit(node, machine, state);
    else if (state) await endTask(node, machine);
  } catch (err) {
    node.log.error({ err, vm: machine.uuid }, 'a VM could not be taken up after the restart of the agent');
  }
}

async function adopt(node: AgentNode, machine: Machine, state: TaskState): Promise<void> {
  const startedAt = machine.run.startedAt ?? new Date().toISOString();
  const output = shimOutput(state.pid, node.stdio.zone(machine.uuid).outputs());
  const live = newLiveRun(state.pid, Date.parse(startedAt), output);
  machine.live = live;
  const ours = !machine.run.paused && (await isFrozenByUs(machine));
  await thaw(node, machine);
  const paused = isPaused(state) && !ours;
  if (machine.run.phase !== 'running' || machine.run.pid !== state.pid || machine.run.paused !== paused) {
    const { pid } = state;
    const booted = { exitStatus: null, error: null, oomKilled: false };
    await commitRun(node, machine, { ...machine.run, ...booted, paused, phase: 'running', pid, startedAt });
  }
  watchRun(node, machine, live, node.containerd.tasks.wait(machine.uuid, '', live.watch.signal));
}

/** The agent died between the task's creation and its start. */
async function dropUnstarted(node: AgentNode, machine: Machine): Promise<void> {
  await node.containerd.tasks
    .kill({ id: machine.uuid, execId: '', signal: 9, all: true })
    .catch(() => undefined);
  await node.containerd.tasks.wait(machine.uuid, '');
  await recordCutOff(node, machine);
}

/**
 * Whether anybody was told that it runs is not known. Like any start that failed it leaves a code and a reason, by which a --rm container is
 * known to be over; one that its policy wants to run is started again.
 */
async function recordCutOff(node: AgentNode, machine: Machine): Promise<void> {
  await endTask(node, machine);
  const { run, settings } = machine;
  const again = wantsRestart(settings.restart, { ...run, exitStatus: START_FAILED });
  await commitRun(node, machine, {
    ...run,
    phase: again ? 'restarting' : 'stopped',
    pid: null,
    startedAt: run.exitedAt === null ? null : run.startedAt,
    exitStatus: START_FAILED,
    error: 'the start was cut off by a crash of the compute node',
  });
}

async function recordMissedExit(
  node: AgentNode,
  machine: Machine,
  state: TaskState | undefined,
): Promise<void> {
  const live = newLiveRun(
    machine.run.pid ?? 0,
    Date.parse(machine.run.startedAt ?? new Date().toISOString()),
  );
  // restartByPolicy decides on the restart, by dockerd's rules for its own start.
  live.endWanted = true;
  machine.live = live;
  const exit: Exit = state ? { exitStatus: state.exitStatus, exitedAt: state.exitedAt ?? new Date() } : null;
  await recordExit(node, machine, live, exit);
}

/** Destroys that were answered but not finished; also tasks of VMs that have no zone any more. */
async function finishDestroys(node: AgentNode, tasks: Map<string, TaskState>): Promise<void> {
  for (const { uuid, path } of await listTombstones(node.zonesDir)) {
    startBurial(node, uuid, async () => {
      if (tasks.has(uuid) && !node.machines.has(uuid)) {
        await node.containerd.tasks.kill({ id: uuid, execId: '', signal: 9 }).catch(() => undefined);
        await node.containerd.tasks.wait(uuid, '');
        await node.containerd.tasks.delete(uuid, '');
      }
      await deleteRemains(node, uuid, { tombstone: path, hasContainer: true, hasSnapshot: true });
    });
  }
}

/** As dockerd when it comes up: `always` also after a stop by hand; nothing that was never started. */
async function restartByPolicy(node: AgentNode, machines: Machine[]): Promise<void> {
  const due = machines.filter((machine) => {
    const { run, live, settings } = machine;
    if (live) return false;
    if (run.phase === 'restarting') return true;
    if (run.startedAt === null) return false;
    return wantsRestart(settings.restart, { ...run, exitStatus: run.exitStatus ?? EXIT_UNSEEN });
  });
  for (const level of bootLevels(node, due)) {
    const next = level.values();
    const worker = async () => {
      for (const machine of next) await bringUp(node, machine);
    };
    await Promise.all(Array.from({ length: BOOTS_AT_ONCE }, worker));
  }
}

async function bringUp(node: AgentNode, machine: Machine): Promise<void> {
  try {
    await machine.lock.run(async () => {
      if (machine.live || machine.destroying || node.closing.aborted) return;
      await bootByHand(node, machine);
    });
  } catch (err) {
    node.log.error({ err, vm: machine.uuid }, 'a VM could not be started by its restart policy');
  }
}

/** After a break of containerd's events: exits are waited for elsewhere, but one whose task vanished must not be missed. */
export async function recheckRunning(node: AgentNode): Promise<void> {
  const running = [...node.machines.values()].filter((machine) => machine.live !== null);
  await Promise.all(
    running.map(async (machine) => {
      const { live } = machine;
      const state = await node.containerd.tasks.get(machine.uuid, '');
      if (!live) return;
      if (state !== null && state.status !== 'stopped') {
        if (state.status !== 'unknown' && !(await isFrozenByUs(machine)))
          await machine.lock.run(() => notePaused(node, machine, live, isPaused(state)));
        return;
      }
      const exit = state ? { exitStatus: state.exitStatus, exitedAt: state.exitedAt ?? new Date() } : null;
      await machine.lock.run(() => recordExit(node, machine, live, exit));
    }),
  );
}
