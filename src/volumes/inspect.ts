// VolumeInspect: GET /volumes/:name. `docker inspect x` asks it for whatever is no container, image or network.
import type { Reply, Req } from '#src/context.ts';
import { notFound } from '#src/errors.ts';

/** Volumes cannot be made yet, so there is none. */
export async function volumeInspect(req: Req): Promise<Reply> {
  throw notFound(`get ${req.params.name}: no such volume`);
}
