// volume_delete: a volume disappears from this node; the heavy part goes on after the answer and survives a crash.
import { TritonError } from '#lib/wire/errors.ts';
import { isUuid } from '#lib/wire/uuid.ts';
import type { AgentNode } from '../node.ts';
import type { AgentTasks } from '../types.ts';
import { buryVolume } from './volume-files.ts';

/** Idempotent. That nobody uses it is for the caller to know. Throws TritonError ValidationFailed. */
export async function volumeDelete(
  node: AgentNode,
  { uuid }: AgentTasks['volume_delete']['params'],
): Promise<AgentTasks['volume_delete']['result']> {
  if (!isUuid(uuid)) throw new TritonError('ValidationFailed', 409, 'Invalid volume');
  await buryVolume(node, uuid);
  return {};
}
