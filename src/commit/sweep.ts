// After a crash: images that were made, and whose making was cut off before the account's record of them was written.
import type Logger from 'bunyan';
import type { Store } from '#lib/store/types.ts';
import type { ImgapiClient } from '#lib/triton/types.ts';
import { deleteLayers } from '#src/images/layers.ts';

/** `startedAt`: of this life (ms): what is younger may be under way. Never rejects. */
export async function sweepMadeImages({
  imgapi,
  store,
  log,
  startedAt,
}: {
  imgapi: ImgapiClient;
  store: Store['images'];
  log: Logger;
  startedAt: number;
}): Promise<void> {
  const ctx = { reqId: 'image-sweep' };
  try {
    for (const { uuid, published_at } of await imgapi.listImages({ 'tag.docker:made': 'true' }, ctx)) {
      if (Date.parse(published_at) >= startedAt || store.countByImageUuid(uuid) > 0) continue;
      await deleteLayers({ imgapi, images: store }, uuid, ctx);
    }
  } catch (err) {
    log.warn({ err }, 'images whose making was cut off could not be swept up');
  }
}
