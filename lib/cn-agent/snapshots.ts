// The snapshots of a VM in containerd: a view of each image that it mounts, and its root if an earlier version made it.
import type { Mount } from '#lib/containerd/types.ts';
import type { AgentNode } from './node.ts';
import { throughRestart } from './through-restart.ts';
import type { AgentImage } from './types.ts';

const viewKey = (uuid: string, at: number): string => `${uuid}-image-${at}`;

/** Read-only views, one by one; what was made when a later one fails is removed by removeSnapshots. Their layers stay while they do. */
export async function viewImages(node: AgentNode, uuid: string, images: AgentImage[]): Promise<Mount[][]> {
  const { snapshots } = node.containerd;
  const views: Mount[][] = [];
  for (const [at, { chainId }] of images.entries()) {
    const key = viewKey(uuid, at);
    const view = await throughRestart(node, async (again) => {
      if (again) await snapshots.remove(key);
      return snapshots.view(key, chainId ?? '');
    });
    views.push(view);
  }
  return views;
}

/** All of them; fine when there are none. The last view goes first: who finds no first one need not look further. */
export async function removeSnapshots(node: AgentNode, uuid: string): Promise<void> {
  const { snapshots } = node.containerd;
  let views = 0;
  while ((await snapshots.stat(viewKey(uuid, views))) !== null) views++;
  while (views > 0) await snapshots.remove(viewKey(uuid, --views));
  await snapshots.remove(uuid);
}
