// docker_sizes: how much each VM has written into its root file system.
import { directorySizes } from './directory-sizes.ts';
import { MTAB } from './docker-marks.ts';
import type { AgentNode } from './node.ts';
import { layerDirs } from './oci-spec/rootfs-file.ts';
import type { AgentTasks } from './types.ts';

/**
 * Bytes by uuid, of the writable layers, without the link that we made there. VMs that are not here are left out.
 */
export async function dockerSizes(
  node: AgentNode,
  { uuids }: AgentTasks['docker_sizes']['params'],
): Promise<AgentTasks['docker_sizes']['result']> {
  const layers = new Map<string, string>();
  for (const uuid of new Set(uuids)) {
    const top = layerDirs(node.machines.get(uuid)?.zone.rootfs ?? [])[0];
    if (top !== undefined) layers.set(top, uuid);
  }
  const sizes = await directorySizes([...layers.keys()], MTAB);
  return { sizes: Object.fromEntries([...sizes].map(([layer, bytes]) => [layers.get(layer)!, bytes])) };
}
