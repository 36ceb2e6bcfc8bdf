// An image record as one row of ImageList, newest shape.
import { type NamedImage, repoDigests, repoTags } from '../references.ts';
import { createdMs, labelsOf } from './config-json.ts';

export interface ImageSummary {
  Containers: number;
  Created: number;
  Id: string;
  Labels: Record<string, string> | null;
  ParentId: string;
  RepoDigests: string[];
  RepoTags: string[];
  SharedSize: number;
  Size: number;
}

/** `containers`: how many use it. `sharedSize`: bytes; -1 is "not calculated" in Docker's words. Pure. */
export function toSummary(
  { image, references }: NamedImage,
  containers: number,
  sharedSize = -1,
): ImageSummary {
  return {
    Containers: containers,
    Created: Math.floor((createdMs(image) ?? 0) / 1000),
    Id: image.config_digest,
    Labels: labelsOf(image),
    ParentId: image.parent,
    RepoDigests: repoDigests(references),
    RepoTags: repoTags(references),
    SharedSize: sharedSize,
    Size: image.size,
  };
}
