// Work with containerd that goes on when containerd is killed under it.
import { hasCode } from '#lib/containerd/errors.ts';
import type { AgentNode } from './node.ts';

/** containerd is started again by its supervisor within this time, or something is badly wrong. */
const CONTAINERD_BACK_MS = 60_000;
/** One that dies of this very work is not asked for ever. */
const DEATHS = 5;

/** Runs `work`, again (told so) when containerd was lost under it and is back: `work` must find its way from wherever it was cut off. */
export async function throughRestart<T>(
  node: Pick<AgentNode, 'containerd' | 'closing'>,
  work: (again: boolean) => Promise<T>,
): Promise<T> {
  for (let deaths = 0; ; deaths++) {
    try {
      return await work(deaths > 0);
    } catch (err) {
      if (!hasCode(err, 'UNAVAILABLE') || deaths >= DEATHS || node.closing.aborted) throw err;
    }
    await node.containerd.ready(CONTAINERD_BACK_MS);
  }
}
