// Unpacking a layer into a snapshot.
import type { Channel, Message } from './channel.ts';
import type { Mount } from './types.ts';

/** Applies the blob to the mounts. Resolves with digest and size of the plain tar. Throws ContainerdError. */
export async function applyDiff(
  channel: Channel,
  blob: { mediaType: string; digest: string; size: number },
  mounts: Mount[],
): Promise<{ digest: string; size: number }> {
  const reply = await channel.call('diff', 'Apply', { diff: blob, mounts });
  const applied = reply.applied as Message;
  return { digest: String(applied.digest), size: Number(applied.size) };
}
