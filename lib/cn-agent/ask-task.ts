// A question to containerd about a running VM that may just be ending.
import { isShimGone } from '#lib/containerd/errors.ts';
import { type AgentNode, vmNotRunning } from './node.ts';

/** What `ask` gives. A failure because the task has ended in the meantime is TritonError VmNotRunning. */
export async function askTask<T>(node: AgentNode, uuid: string, ask: () => Promise<T>): Promise<T> {
  try {
    return await ask();
  } catch (err) {
    if (await hasEnded(node, uuid, err)) throw vmNotRunning(uuid);
    throw err;
  }
}

async function hasEnded(node: AgentNode, uuid: string, err: unknown): Promise<boolean> {
  if (isShimGone(err)) return true;
  try {
    const state = await node.containerd.tasks.get(uuid, '');
    return state === null || state.status === 'stopped';
  } catch (cause) {
    return isShimGone(cause);
  }
}
