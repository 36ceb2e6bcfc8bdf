// Removes one image or one of its names: plan, records, events, then the layers that nobody needs any more.
import { familiarString } from '#lib/registry/reference.ts';
import type { DockerImage } from '#lib/store/types.ts';
import type { Req } from '#src/context.ts';
import { outliving } from '#src/vm/outlive.ts';
import { planDelete } from './delete-plan.ts';
import { emitImageEvent } from './events.ts';
import { chainIds, diffIds, labelsOf } from './from-image/config-json.ts';
import { deleteLayers } from './layers.ts';
import { isIdOf, parseName, resolveImage } from './lookup.ts';
import { named, removeReference } from './references.ts';
import type { ImageUser } from './usage.ts';

/** One line of the answer: either key. */
export type DeleteRecord = { Untagged: string } | { Deleted: string };

export interface Removed {
  records: DeleteRecord[];
  /** Bytes that IMGAPI gave back. */
  freed: number;
}

export interface RemoveOptions {
  force: boolean;
  /** What it was built on goes too, as far as nothing else needs it. */
  prune: boolean;
}

/**
 * `users`: imageUsers() of a moment ago. What the records say changes at once and together; only the layers take time. Throws
 * DockerError notFound or conflict.
 */
export async function removeImage(
  req: Req,
  typed: string,
  { force, prune }: RemoveOptions,
  users: ReadonlyMap<string, ImageUser[]>,
): Promise<Removed> {
  const { app, account } = req;
  const image = resolveImage(app, account, typed);
  const id = image.config_digest;
  const others = app.store.images.list(account.uuid).filter((other) => other.config_digest !== id);
  const usedBy = users.get(id) ?? [];
  const plan = planDelete(typed, isIdOf(image, typed) ? null : parseName(typed), {
    ...named(app, account, image),
    users: usedBy,
    hasChildren: others.some((other) => other.parent === id),
    force,
  });
  const records: DeleteRecord[] = [];
  for (const { ref, event } of plan.untag) {
    removeReference(app, image, ref);
    if (event) emitImageEvent(req, 'untag', id, id, labelsOf(image) ?? {});
    records.push({ Untagged: familiarString(ref) });
  }
  if (!plan.deleteImage) return { records, freed: 0 };
  app.store.images.delete(account.uuid, id);
  emitImageEvent(req, 'delete', id, id);
  records.push({ Deleted: id });
  // A container keeps the layers that it stands on.
  if (usedBy.length === 0) records.push(...goneLayers(image, others).map((layer) => ({ Deleted: layer })));
  let freed = await freeLayers(req, image);
  if (prune && isForgotten(req, image.parent, users)) {
    const below = await removeImage(req, image.parent, { force: false, prune }, users);
    records.push(...below.records);
    freed += below.freed;
  }
  return { records, freed };
}

/** Without a name, a child or a container: an image that only was a step on the way to another. */
function isForgotten({ app, account }: Req, id: string, users: ReadonlyMap<string, ImageUser[]>): boolean {
  const image = id === '' ? null : app.store.images.get(account.uuid, id);
  if (image === null || users.has(id)) return false;
  if (named(app, account, image).references.length > 0) return false;
  return !app.store.images.list(account.uuid).some(({ parent }) => parent === id);
}

/** Chain ids that no other image of the account has, top first. Pure. */
export function goneLayers(image: DockerImage, others: readonly DockerImage[]): string[] {
  const kept = new Set(others.flatMap((other) => chainIds(diffIds(other))));
  return chainIds(diffIds(image))
    .filter((id) => !kept.has(id))
    .reverse();
}

/** The image is gone for the account whatever happens here: layers that stay only take space. */
async function freeLayers(req: Req, image: DockerImage): Promise<number> {
  const { store, triton } = req.app;
  try {
    const { imgapi } = triton;
    return await deleteLayers({ imgapi, images: store.images }, image.image_uuid, outliving(req.call));
  } catch (err) {
    req.log.warn({ err, image: image.image_uuid }, 'layers of a removed image could not be deleted');
    return 0;
  }
}
