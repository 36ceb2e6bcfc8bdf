// ImageHistory: GET /images/:name/history.
import type { DockerImage } from '#lib/store/types.ts';
import { requirePlatform } from '#src/api/platform.ts';
import type { Reply, Req } from '#src/context.ts';
import { asDocker } from '#src/vm/triton-errors.ts';
import { diffIds } from './from-image/config-json.ts';
import { toHistory } from './from-image/history.ts';
import { layerSizes } from './layers.ts';
import { resolveImage } from './lookup.ts';
import { decodePlatform } from './platform.ts';
import { type NamedImage, named } from './references.ts';

/** The steps come from the image's configuration, the sizes from IMGAPI. */
export async function imageHistory(req: Req): Promise<Reply> {
  const { app, account, query, version } = req;
  const name = req.params.name!;
  const platform = version >= 48 ? decodePlatform(query.platform) : null;
  const image = resolveImage(app, account, name);
  requirePlatform(image, platform, name);
  const sizes = await asDocker(layerSizes(app.triton.imgapi, image.image_uuid, req.call), { ref: name });
  return {
    status: 200,
    body: toHistory(named(app, account, image), diffIds(image).length, sizes, imagesBelow(req, image)),
  };
}

/** One that was made here knows its parent; a pulled one has none. */
function imagesBelow({ app, account }: Req, image: DockerImage): NamedImage[] {
  const below: NamedImage[] = [];
  for (let at: DockerImage | null = image; at !== null && at.parent !== ''; ) {
    at = app.store.images.get(account.uuid, at.parent);
    if (at !== null) below.push(named(app, account, at));
  }
  return below;
}
