// Writes what a pull brought into the account's records: the image, its digest, its tag.
import { familiarName, type Reference } from '#lib/registry/reference.ts';
import type { DockerImage, Store } from '#lib/store/types.ts';
import type { ImportLine } from '#lib/wire/types.ts';
import { conflict } from '#src/errors.ts';

export type CreatedImage = Extract<ImportLine, { type: 'create-docker-image' }>;

/**
 * True when the reference is new or meant another image until now. `ref` has a tag or a digest. An image that loses its tag stays,
 * without it. Throws DockerError conflict when the digest already stands for another image (another platform of the same list).
 */
export function recordImage(store: Store, owner: string, ref: Reference, line: CreatedImage): boolean {
  const repo = familiarName(ref);
  const repoDigest = `${repo}@${ref.digest ?? line.manifest_digest}`;
  const holder = store.images.list(owner).find((image) => image.repo_digests.includes(repoDigest));
  const isElsewhere = holder !== undefined && holder.config_digest !== line.config_digest;
  if (isElsewhere && ref.digest !== undefined) throw conflict(`cannot overwrite digest ${ref.digest}`);
  const known = store.images.get(owner, line.config_digest);
  store.images.put(toRecord(owner, line, known, isElsewhere ? null : repoDigest));
  if (ref.digest !== undefined) return holder === undefined;
  const tag = ref.tag ?? 'latest';
  const before = store.tags.get(owner, repo, tag);
  if (before?.config_digest === line.config_digest) return false;
  store.tags.put({ owner_uuid: owner, repo, tag, config_digest: line.config_digest });
  return true;
}

/** What the account knew of the image stays: its other digests, when it was tagged. Pure. */
export function toRecord(
  owner: string,
  line: CreatedImage,
  known: DockerImage | null,
  repoDigest: string | null,
): DockerImage {
  const created = Date.parse(String(line.image.created ?? ''));
  const digests = new Set(known?.repo_digests ?? []);
  if (repoDigest !== null) digests.add(repoDigest);
  return {
    owner_uuid: owner,
    config_digest: line.config_digest,
    image_uuid: line.image_uuid,
    manifest_digest: line.manifest_digest,
    manifest_str: line.manifest_str,
    image: line.image,
    head: true,
    parent: known?.parent ?? '',
    size: line.size,
    created: Number.isNaN(created) ? 0 : Math.floor(created / 1000),
    dockerImageVersion: line.dockerImageVersion,
    repo_digests: [...digests].sort(),
    ...(known?.last_tagged === undefined ? {} : { last_tagged: known.last_tagged }),
  };
}
