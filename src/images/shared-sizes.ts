// What images share: the bytes of their layers that are in several of them, for `shared-size`.
import type { DockerImage } from '#lib/store/types.ts';
import type { CallContext, ImgapiClient } from '#lib/triton/types.ts';
import { chainIds, diffIds } from './from-image/config-json.ts';
import { layerSizes } from './layers.ts';

/** By image id. IMGAPI is asked once for each layer, of images that share some. Throws TritonError. */
export async function sharedSizes(
  imgapi: ImgapiClient,
  images: readonly DockerImage[],
  ctx: CallContext,
): Promise<Map<string, number>> {
  const asked = new Map<string, ReturnType<ImgapiClient['getImage']>>();
  const getImage: ImgapiClient['getImage'] = (uuid, call) => {
    const answer = asked.get(uuid) ?? imgapi.getImage(uuid, call);
    asked.set(uuid, answer);
    return answer;
  };
  const shared = sharedLayers(images);
  const sizes = new Map<string, number>();
  for (const { config_digest: id, image_uuid: uuid } of images) {
    const layers = shared.get(id) ?? [];
    const bytes = layers.includes(true) ? await layerSizes({ getImage }, uuid, ctx) : [];
    sizes.set(
      id,
      bytes.filter((_, at) => layers[at]).reduce((sum, size) => sum + size, 0),
    );
  }
  return sizes;
}

/** Of each layer of an image, base first, whether another one has it too; by image id. Pure. */
export function sharedLayers(images: readonly DockerImage[]): Map<string, boolean[]> {
  const chains = images.map((image) => [image.config_digest, chainIds(diffIds(image))] as const);
  const counts = new Map<string, number>();
  for (const layer of chains.flatMap(([, chain]) => chain)) counts.set(layer, (counts.get(layer) ?? 0) + 1);
  return new Map(chains.map(([id, chain]) => [id, chain.map((layer) => counts.get(layer)! > 1)]));
}
