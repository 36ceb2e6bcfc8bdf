// ImagePrune: POST /images/prune.
import { canonicalString } from '#lib/registry/reference.ts';
import { type Filters, filterBool, matchesLabels, parseFilters } from '#src/api/filters.ts';
import { filterUntil } from '#src/api/until.ts';
import type { Reply, Req } from '#src/context.ts';
import { createdMs, labelsOf } from './from-image/config-json.ts';
import { type NamedImage, namedImages } from './references.ts';
import { type DeleteRecord, removeImage } from './remove-image.ts';
import { imageUsers } from './usage.ts';

/** Removes what no container uses; one that cannot be removed is left out of the answer, as in dockerd. */
export async function imagePrune(req: Req): Promise<Reply> {
  const filters = parseFilters(req.query.filters, ['dangling', 'label', 'label!', 'until']);
  const targets = pruneTargets(namedImages(req.app, req.account), filters, Date.now());
  const users = await imageUsers(req);
  const deleted: DeleteRecord[] = [];
  let freed = 0;
  for (const target of targets) {
    if (req.call.signal?.aborted) break;
    try {
      const removed = await removeImage(req, target, { force: false, prune: true }, users);
      deleted.push(...removed.records);
      freed += removed.freed;
    } catch (err) {
      req.log.info({ err, image: target }, 'prune leaves an image');
    }
  }
  req.app.events.emit(req.account.uuid, 'image', 'prune', '', { reclaimed: String(freed) });
  return {
    status: 200,
    body: { ImagesDeleted: deleted.length > 0 ? deleted : null, SpaceReclaimed: freed },
  };
}

/**
 * Names and ids to remove, in order: with `dangling` (the default) those of images without a tag, else all. Pure. Throws DockerError
 * invalid for a bad filter value.
 */
export function pruneTargets(images: readonly NamedImage[], filters: Filters, now: number): string[] {
  const danglingOnly = filterBool(filters, 'dangling', true);
  const until = filterUntil(filters, now);
  const parents = new Set(images.map(({ image }) => image.parent));
  return images.flatMap(({ image, references }) => {
    if (parents.has(image.config_digest) && (danglingOnly || references.length === 0)) return [];
    const created = createdMs(image);
    if (until !== null && (created === null || created > until)) return [];
    if (!matchesLabels(filters, labelsOf(image) ?? {})) return [];
    if (references.length === 0) return [image.config_digest];
    const tagged = references.some((ref) => ref.digest === undefined);
    return danglingOnly && tagged ? [] : references.map(canonicalString);
  });
}
