// The two steps of a run that containerd does: a task is made, and started; also when containerd dies in the middle of one.
import { setTimeout as delay } from 'node:timers/promises';
import { hasCode, isBundleInTheWay } from '#lib/containerd/errors.ts';
import type { TaskState, Tasks } from '#lib/containerd/types.ts';
import type { LiveRun, Machine } from './machine.ts';
import type { AgentNode } from './node.ts';
import type { RunStdio } from './stdio/types.ts';
import { throughRestart } from './through-restart.ts';

/** containerd gives the shim of a creation that was broken off this long to go, and a little. */
const BROKEN_OFF_MS = 10_000;
const AGAIN_MS = 50;

/** Makes the task anew whatever is there of one: nothing of it has run. */
export function createTask(node: AgentNode, machine: Machine, stdio: RunStdio): Promise<{ pid: number }> {
  const task = { id: machine.uuid, rootfs: machine.zone.rootfs, ...stdio };
  return throughRestart(node, async (again) => {
    // A containerd that has come back has done what it does about remains.
    const create = () => createWhenFree(node, task, again ? 0 : BROKEN_OFF_MS);
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

/**
 * An agent that was killed may have left containerd with a creation to break off: as long as it does, the task's folder is in the way. One
 * that is there longer belongs to nobody any more.
 */
async function createWhenFree(
  node: AgentNode,
  task: Parameters<Tasks['create']>[0],
  breakingOffMs: number,
): Promise<{ pid: number }> {
  const { tasks } = node.containerd;
  const end = performance.now() + breakingOffMs;
  for (;;) {
    try {
      return await tasks.create(task);
    } catch (err) {
      if (!isBundleInTheWay(err)) throw err;
    }
    if (performance.now() >= end) break;
    await delay(AGAIN_MS);
  }
  node.log.warn({ vm: task.id }, 'clearing what is left of a task that containerd was killed under');
  await tasks.clearRemains(task.id);
  return tasks.create(task);
}

/** Starts the process once. When containerd died under it, the task says whether it was started: then it may also have ended. */
export async function startTask(node: AgentNode, machine: Machine, live: LiveRun): Promise<void> {
  const { tasks } = node.containerd;
  try {
    await throughRestart(node, async (again) => {
      const cut = again ? await whenKnown(node, machine) : null;
      if (cut !== null && cut.status !== 'created') return;
      try {
        await (cut === null ? tasks.start(machine.uuid, '') : tasks.startAgain(machine.uuid, cut.pid));
      } catch (err) {
        // The shim was still at it.
        if (!again || hasCode(err, 'UNAVAILABLE') || (await whenKnown(node, machine)).status === 'created')
          throw err;
      }
    });
  } catch (err) {
    live.watch.abort();
    throw err;
  }
}

async function whenKnown(node: AgentNode, { uuid }: Machine): Promise<TaskState> {
  for (;;) {
    const state = await node.containerd.tasks.get(uuid, '');
    if (state === null)
      throw new Error('the task of a container was lost by containerd while it was started');
    if (state.status !== 'unknown') return state;
    await delay(AGAIN_MS);
  }
}
