// Starts one run of a container: everything it needs at once, then the task, watched before it runs.
import { hasCode } from '#lib/containerd/errors.ts';
import { shimOutput } from '#lib/containerd/shim-output.ts';
import type { PortMap } from '#lib/docker-vm/ports.ts';
import { endTask } from './end-task.ts';
import { findJoins, type Join, stillThere } from './joins/find-joins.ts';
import { type Machine, newLiveRun } from './machine.ts';
import { type AgentNode, commitRun, publishRun, saveRun } from './node.ts';
import { publishPorts, withdrawPorts } from './ports/publish-ports.ts';
import { prepareSpec } from './prepare-spec.ts';
import { releaseRun } from './release-run.ts';
import { type StartStep, toStartFailure } from './start-failure.ts';
import { createTask, startTask } from './start-task.ts';
import type { RunStdio } from './stdio/types.ts';
import { releaseParts } from './volumes/use-volumes.ts';
import { watchRun } from './watch-run.ts';
import { isInZone } from './writable-layer.ts';
import { type RunRecord, writeSpec } from './zone-files.ts';

/**
 * The caller holds the VM's lock and has seen that nothing runs. `base` is the run record to start from (restart counters).
 * Why no output and no exit is lost: the output's files are ready before the task is made, and the exit is asked for before the
 * process starts. Throws TritonError VmStartFailed, with everything acquired given back and docker:error recorded.
 */
export async function startRun(node: AgentNode, machine: Machine, base: RunRecord): Promise<void> {
  let step: StartStep = 'prepare';
  let taskMade = false;
  try {
    const joins = findJoins(node, machine);
    const { stdio, ports } = await prepare(node, machine, joins);
    step = 'create';
    const startedMs = Date.now();
    const startedAt = new Date(startedMs).toISOString();
    const starting: RunRecord = { ...base, phase: 'starting', pid: null, startedAt, ports };
    taskMade = true;
    // The record that a task may exist costs nothing beside its creation, and lets recovery find it.
    const [{ pid }] = await allOrThrow([
      createTask(node, machine, stdio),
      machine.saveRun(starting),
      writeSpec(machine.zonePath, machine.spec!),
    ] as const);
    await releaseParts(node, machine);
    stillThere(joins);
    const live = newLiveRun(pid, startedMs, shimOutput(pid, node.stdio.zone(machine.uuid).outputs()));
    step = 'start';
    const exit = node.containerd.tasks.wait(machine.uuid, '', live.watch.signal);
    exit.catch(() => undefined);
    await startTask(node, machine, live);
    machine.live = live;
    node.stdio.zone(machine.uuid).running();
    recordBoot(node, machine, { ...starting, phase: 'running', pid });
    watchRun(node, machine, live, exit);
  } catch (err) {
    await giveBack(node, machine, taskMade);
    const failure = toStartFailure(err, step);
    await commitRun(node, machine, {
      ...base,
      phase: 'stopped',
      exitStatus: failure.exitStatus,
      error: failure.error.ownMessage,
    });
    throw failure.error;
  }
}

/** Network, ports, user, etc files, spec and stdio side by side; then containerd's container object. */
async function prepare(
  node: AgentNode,
  machine: Machine,
  joins: Join[],
): Promise<{ stdio: RunStdio; ports: PortMap | null }> {
  const { tty, openStdin, stdinOnce } = machine.settings;
  await Promise.all([machine.netReleased, machine.taskDeleted, machine.copies.idle()]);
  const [ports, , spec, stdio] = await allOrThrow([
    publishPorts(node, machine),
    node.firewall.open(machine.zone.vm),
    prepareSpec(node, machine, joins),
    node.stdio.zone(machine.uuid).beginRun({ tty, openStdin, stdinOnce }),
  ] as const);
  machine.spec = spec;
  await putContainer(node, machine, spec);
  return { stdio, ports };
}

async function putContainer(node: AgentNode, machine: Machine, spec: object): Promise<void> {
  const { containers } = node.containerd;
  if (machine.hasContainer) {
    try {
      await containers.updateSpec(machine.uuid, spec);
      return;
    } catch (err) {
      if (!hasCode(err, 'NOT_FOUND')) throw err;
    }
  }
  const snapshotKey = isInZone(machine.zonePath, machine.zone.rootfs) ? '' : machine.uuid;
  const create = () => containers.create({ id: machine.uuid, spec, snapshotKey });
  // Before it is tried: a creation whose answer is lost must be undone with the VM too.
  machine.hasContainer = true;
  try {
    await create();
  } catch (err) {
    if (!hasCode(err, 'ALREADY_EXISTS')) throw err;
    await containers.updateSpec(machine.uuid, spec);
  }
}

/** Not awaited: the `starting` record and containerd say enough if we die before it is on disk (recover.ts takes it for a run). */
function recordBoot(node: AgentNode, machine: Machine, run: RunRecord): void {
  const booted: RunRecord = { ...run, exitStatus: null, error: null, oomKilled: false };
  publishRun(node, machine, booted);
  void saveRun(node, machine, booted);
}

/** Every part is safe to give back whether it was acquired or not. */
async function giveBack(node: AgentNode, machine: Machine, taskMade: boolean): Promise<void> {
  if (taskMade) {
    // Gone already when runc refused the task.
    await node.containerd.tasks
      .kill({ id: machine.uuid, execId: '', signal: 9, all: true })
      .then(() => node.containerd.tasks.wait(machine.uuid, ''))
      .catch(() => undefined);
  }
  await endTask(node, machine);
  await Promise.all([withdrawPorts(node, machine), node.firewall.close(machine.uuid)]);
  await releaseRun(node, machine).catch((err: unknown) => {
    node.log.error({ err, vm: machine.uuid }, 'cleaning up a failed start');
  });
}

/** Promise.all that first lets the others end: what they acquired can then be given back. */
async function allOrThrow<T extends readonly Promise<unknown>[]>(
  work: T,
): Promise<{ -readonly [K in keyof T]: Awaited<T[K]> }> {
  await Promise.allSettled(work);
  return Promise.all(work) as Promise<{ -readonly [K in keyof T]: Awaited<T[K]> }>;
}
