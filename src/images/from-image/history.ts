// An image's build steps as the answer of ImageHistory.
import { internal } from '#src/errors.ts';
import { type NamedImage, repoTags } from '../references.ts';
import { historyOf } from './config-json.ts';

export interface HistoryItem {
  Comment: string;
  Created: number;
  CreatedBy: string;
  Id: string;
  Size: number;
  Tags: string[] | null;
}

/**
 * Newest step first. `layerSizes`: bytes of each layer, base first; what is unknown counts 0. `below`: the images that it was made of, one
 * step each, the nearest first. Pure. Throws DockerError internal when the config names more layers than the image has.
 */
export function toHistory(
  named: NamedImage,
  layers: number,
  layerSizes: readonly number[],
  below: readonly NamedImage[] = [],
): HistoryItem[] {
  let layer = 0;
  const items = historyOf(named.image).map((entry): HistoryItem => {
    if (!entry.emptyLayer && layer >= layers) {
      throw internal('too many non-empty layers in History section');
    }
    return {
      Comment: entry.comment,
      Created: entry.created,
      CreatedBy: entry.createdBy,
      Id: '<missing>',
      Size: entry.emptyLayer ? 0 : (layerSizes[layer++] ?? 0),
      Tags: null,
    };
  });
  items.reverse();
  for (const [at, { image, references }] of [named, ...below].entries()) {
    const item = items[at];
    if (item === undefined) break;
    const tags = repoTags(references);
    item.Id = image.config_digest;
    item.Tags = tags.length > 0 ? tags : null;
  }
  return items;
}
