// BuildPrune: POST /build/prune.
import type { Reply } from '#src/context.ts';

/** The classic builder has no cache beside the images, which `docker image prune` takes. */
export async function buildPrune(): Promise<Reply> {
  return { status: 200, body: { CachesDeleted: null, SpaceReclaimed: 0 } };
}
