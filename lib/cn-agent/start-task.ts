// The two steps of a run that containerd does: a task is made, and started; also when containerd dies in the middle of one.
import { setTimeout as delay } from 'node:timers/promises';
import { hasCode, isBundleInTheWay } from '#lib/containerd/errors.ts';
import type { Tasks } from '#lib/containerd/types.ts';
import type { LiveRun, Machine } from './machine.ts';
import type { AgentNode } from './node.ts';
import type { RunStdio } from './stdio/types.ts';
import { throughRestart } from './through-restart.ts';

/** containerd gives the shim of a creation that was broken off this long to go, and a little. */
const BROKEN_OFF_MS = 10_000;
const AGAIN_MS = 50;

/** Makes the task anew whatever is there of one: nothing of it has run. */
export function createTask(node: AgentNode, machine: Machine, stdio: RunStdio): Promise<{ pid: number }> {
  const create = () => createWhenFree(node, { id: machine.uuid, rootfs: machine.zone.rootfs, ...stdio });
  return throughRestart(node, async () => {
    try {
      return await create();
    } catch (err) {
      if (!hasCode(err, 'ALREADY_EXISTS')) throw err;
    }
    // A task that could not be deleted when it ended, or that was made when containerd died.
    await node.containerd.tasks.kill({ id: machine.uuid, execId: '', signal: 9 }).catch(() => undefined);
    await node.containerd.tasks.wait(machine.uuid, '');
    await node.containerd.tasks.delete(machine.uuid, '');
    return create();
  });
}

/** An agent that was killed may have left containerd with a creation to break off: as long as it does, the task's folder is in the way. */
async function createWhenFree(
  node: AgentNode,
  task: Parameters<Tasks['create']>[0],
): Promise<{ pid: number }> {
  const end = performance.now() + BROKEN_OFF_MS;
  for (;;) {
    try {
      return await node.containerd.tasks.create(task);
    } catch (err) {
      if (!isBundleInTheWay(err) || performance.now() >= end) throw err;
    }
    await delay(AGAIN_MS);
  }
}

/** Starts the process once. When containerd died under it, the task says whether it was started: then it may also have ended. */
export async function startTask(node: AgentNode, machine: Machine, live: LiveRun): Promise<void> {
  const { tasks } = node.containerd;
  try {
    await throughRestart(node, async (again) => {
      if (again && (await hasStarted(node, machine))) return;
      try {
        await tasks.start(machine.uuid, '');
      } catch (err) {
        // The shim was still at it.
        if (!again || hasCode(err, 'UNAVAILABLE') || !(await hasStarted(node, machine))) throw err;
      }
    });
  } catch (err) {
    live.watch.abort();
    throw err;
  }
}

async function hasStarted(node: AgentNode, { uuid }: Machine): Promise<boolean> {
  for (;;) {
    const state = await node.containerd.tasks.get(uuid, '');
    if (state === null)
      throw new Error('the task of a container was lost by containerd while it was started');
    if (state.status !== 'unknown') return state.status !== 'created';
    await delay(AGAIN_MS);
  }
}
