// Which names and digests stand for an image, in dockerd's order.
import {
  canonicalString,
  familiarName,
  familiarString,
  parseNormalizedNamed,
  type Reference,
} from '#lib/registry/reference.ts';
import type { DockerImage, ImageTag } from '#lib/store/types.ts';
import type { Account, App } from '#src/context.ts';

/** An image with all that refers to it; a reference has either a tag or a digest. */
export interface NamedImage {
  image: DockerImage;
  references: Reference[];
}

/** References from tags and repo digests, sorted by their canonical text. Pure. */
export function toReferences(image: DockerImage, tags: readonly ImageTag[]): Reference[] {
  const references = [
    ...tags.map(({ repo, tag }): Reference => ({ ...parseNormalizedNamed(repo), tag })),
    ...image.repo_digests.map(parseNormalizedNamed),
  ];
  return references
    .map((ref) => ({ ref, text: canonicalString(ref) }))
    .sort((a, b) => (a.text < b.text ? -1 : 1))
    .map(({ ref }) => ref);
}

/** The account's image with its references. */
export function named(app: App, account: Account, image: DockerImage): NamedImage {
  return {
    image,
    references: toReferences(image, app.store.tags.ofImage(account.uuid, image.config_digest)),
  };
}

/** Every image of the account with its references. */
export function namedImages(app: App, account: Account): NamedImage[] {
  const { images, tags } = app.store;
  const tagsOf = Map.groupBy(tags.list(account.uuid), (tag) => tag.config_digest);
  return images
    .list(account.uuid)
    .map((image) => ({ image, references: toReferences(image, tagsOf.get(image.config_digest) ?? []) }));
}

/** ['busybox:latest', …] in familiar form. Pure. */
export function repoTags(references: readonly Reference[]): string[] {
  return references.filter((ref) => ref.digest === undefined).map(familiarString);
}

/** ['busybox@sha256:…', …] in familiar form. Pure. */
export function repoDigests(references: readonly Reference[]): string[] {
  return references.filter((ref) => ref.digest !== undefined).map(familiarString);
}

/** Takes a reference out of the account's records. A digest wins over a tag beside it, as dockerd stores it. */
export function removeReference(app: App, image: DockerImage, ref: Reference): void {
  const { images, tags } = app.store;
  if (ref.digest === undefined) {
    tags.delete(image.owner_uuid, familiarName(ref), ref.tag ?? 'latest');
    return;
  }
  const current = images.get(image.owner_uuid, image.config_digest);
  if (current === null) return;
  const text = `${familiarName(ref)}@${ref.digest}`;
  images.put({ ...current, repo_digests: current.repo_digests.filter((one) => one !== text) });
}
