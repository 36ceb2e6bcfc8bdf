// An image's layers in IMGAPI: one image per layer, each with the one below as its origin (triton-wire §4.1).
import type { Store } from '#lib/store/types.ts';
import type { CallContext, ImgapiClient } from '#lib/triton/types.ts';
import { hasRestCode } from '#lib/wire/errors.ts';
import type { ImageManifest } from '#lib/wire/types.ts';

/** More layers than any layer store takes: a chain that goes on is broken. */
const MAX_LAYERS = 512;

/** Bytes of each layer, base first; empty when IMGAPI does not have the image any more. Throws TritonError. */
export async function layerSizes(
  imgapi: Pick<ImgapiClient, 'getImage'>,
  imageUuid: string,
  ctx: CallContext,
): Promise<number[]> {
  const sizes: number[] = [];
  try {
    for (let uuid: string | undefined = imageUuid; uuid !== undefined && sizes.length < MAX_LAYERS; ) {
      const manifest: ImageManifest = await imgapi.getImage(uuid, ctx);
      sizes.push(sizeOf(manifest));
      uuid = manifest.origin;
    }
  } catch (err) {
    if (hasRestCode(err, 'ResourceNotFound')) return [];
    throw err;
  }
  return sizes.reverse();
}

/**
 * Deletes layers from the top down, up to the first that something else needs: another layer (IMGAPI says so) or a record of any
 * account. Resolves with the bytes freed. Throws TritonError for anything but these ends.
 */
export async function deleteLayers(
  { imgapi, images }: { imgapi: ImgapiClient; images: Pick<Store['images'], 'countByImageUuid'> },
  imageUuid: string,
  ctx: CallContext,
): Promise<number> {
  const inUse = (uuid: string): boolean => images.countByImageUuid(uuid) > 0;
  let freed = 0;
  try {
    let uuid: string | undefined = imageUuid;
    for (let n = 0; uuid !== undefined && n < MAX_LAYERS && !inUse(uuid); n++) {
      const manifest: ImageManifest = await imgapi.getImage(uuid, ctx);
      // A pull may have come in between.
      if (inUse(uuid)) break;
      await imgapi.deleteImage(uuid, ctx);
      freed += sizeOf(manifest);
      uuid = manifest.origin;
    }
  } catch (err) {
    if (!hasRestCode(err, 'ImageHasDependentImages') && !hasRestCode(err, 'ResourceNotFound')) throw err;
  }
  return freed;
}

/** A real IMGAPI knows only the compressed size. */
function sizeOf(manifest: ImageManifest): number {
  const file = manifest.files[0];
  return file?.uncompressedSize ?? file?.size ?? 0;
}
