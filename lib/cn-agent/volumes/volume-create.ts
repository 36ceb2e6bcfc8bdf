// volume_create: a volume's directory on this node.
import { bytesIn } from '#lib/docker-vm/sizes.ts';
import { TritonError } from '#lib/wire/errors.ts';
import { isUuid } from '#lib/wire/uuid.ts';
import type { AgentNode } from '../node.ts';
import type { AgentTasks } from '../types.ts';
import { limitVolume, makeVolume } from './volume-files.ts';

/** Idempotent. Throws TritonError ValidationFailed, QuotaFailed. */
export async function volumeCreate(
  node: AgentNode,
  { uuid, options }: AgentTasks['volume_create']['params'],
): Promise<AgentTasks['volume_create']['result']> {
  if (!isUuid(uuid)) throw new TritonError('ValidationFailed', 409, 'Invalid volume');
  const size = bytesIn(options.size ?? '0') ?? 0;
  if (size > 0 && !node.diskQuotas)
    throw new TritonError('QuotaFailed', 400, 'quota size requested but no quota support');
  const source = await makeVolume(node.volumesDir, uuid, options);
  await limitVolume(node.volumesDir, uuid, size);
  return { source };
}
