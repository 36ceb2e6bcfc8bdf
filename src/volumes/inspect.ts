// VolumeInspect: GET /volumes/:name. `docker inspect x` asks it for whatever is no container, image or network.
import type { Reply, Req } from '#src/context.ts';
import { toVolume } from './from-volume.ts';
import { getVolume } from './lookup.ts';

export async function volumeInspect(req: Req): Promise<Reply> {
  return { status: 200, body: toVolume(await getVolume(req, req.params.name!)) };
}
