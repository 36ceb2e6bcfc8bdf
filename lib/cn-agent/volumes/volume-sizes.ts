// volume_sizes: how much is in each volume.
import { isUuid } from '#lib/wire/uuid.ts';
import { directorySizes } from '../directory-sizes.ts';
import type { AgentNode } from '../node.ts';
import type { AgentTasks } from '../types.ts';
import { dataDir } from './volume-files.ts';

/** Bytes by uuid; 0 for one that is not here. Of one with a device, what is mounted now. */
export async function volumeSizes(
  { volumesDir }: AgentNode,
  { uuids }: AgentTasks['volume_sizes']['params'],
): Promise<AgentTasks['volume_sizes']['result']> {
  const dirs = new Map(uuids.filter(isUuid).map((uuid) => [dataDir(volumesDir, uuid), uuid]));
  const sizes = await directorySizes([...dirs.keys()]);
  return { sizes: Object.fromEntries([...sizes].map(([dir, bytes]) => [dirs.get(dir)!, bytes])) };
}
