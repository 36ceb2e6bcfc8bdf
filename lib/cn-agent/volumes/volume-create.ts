// volume_create: a volume's directory on this node.
import { TritonError } from '#lib/wire/errors.ts';
import { isUuid } from '#lib/wire/uuid.ts';
import type { AgentNode } from '../node.ts';
import type { AgentTasks } from '../types.ts';
import { makeVolume } from './volume-files.ts';

/** Idempotent. Throws TritonError ValidationFailed. */
export async function volumeCreate(
  node: AgentNode,
  { uuid, options }: AgentTasks['volume_create']['params'],
): Promise<AgentTasks['volume_create']['result']> {
  if (!isUuid(uuid)) throw new TritonError('ValidationFailed', 409, 'Invalid volume');
  return { source: await makeVolume(node.volumesDir, uuid, options) };
}
