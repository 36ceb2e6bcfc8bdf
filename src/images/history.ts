// ImageHistory: GET /images/:name/history.
import type { Reply, Req } from '#src/context.ts';
import { asDocker } from '#src/vm/triton-errors.ts';
import { diffIds } from './from-image/config-json.ts';
import { toHistory } from './from-image/history.ts';
import { layerSizes } from './layers.ts';
import { resolveImage } from './lookup.ts';
import { decodePlatform, requirePlatform } from './platform.ts';
import { named } from './references.ts';

/** The steps come from the image's configuration, the sizes from IMGAPI. */
export async function imageHistory(req: Req): Promise<Reply> {
  const { app, account, query, version } = req;
  const name = req.params.name!;
  const platform = version >= 48 ? decodePlatform(query.platform) : null;
  const image = resolveImage(app, account, name);
  requirePlatform(image, platform, name);
  const sizes = await asDocker(layerSizes(app.triton.imgapi, image.image_uuid, req.call), { ref: name });
  return { status: 200, body: toHistory(named(app, account, image), diffIds(image).length, sizes) };
}
