// Finds the image that a name, id, id prefix or digest means, within one account.
import {
  type AnyReference,
  familiarName,
  familiarString,
  InvalidReferenceError,
  parseAnyReference,
  parseNormalizedNamed,
  type Reference,
  tagNameOnly,
} from '#lib/registry/reference.ts';
import type { DockerImage } from '#lib/store/types.ts';
import type { Account, App } from '#src/context.ts';
import { invalid, notFound } from '#src/errors.ts';

/**
 * The image for what a user typed: a whole id, a name with tag or digest (default tag latest), or an unambiguous id prefix,
 * tried in this order (as moby's GetImage). Throws DockerError: notFound `No such image: busybox:latest`, or invalid with
 * dockerd's text for what cannot be a name.
 */
export function resolveImage(app: App, account: Account, text: string): DockerImage {
  const image = findImage(app, account, text);
  if (image === null) throw notFound(`No such image: ${shown(parseAny(text))}`);
  return image;
}

/** As resolveImage, but null when there is none. */
export function findImage(app: App, account: Account, text: string): DockerImage | null {
  const any = parseAny(text);
  const { images } = app.store;
  if (any.kind === 'id') return images.get(account.uuid, any.digest);
  return imageOfReference(app, account, any.ref) ?? imageOfPrefix(app, account, text);
}

/** The image that a name stands for; a digest wins over a tag. */
export function imageOfReference(app: App, account: Account, ref: Reference): DockerImage | null {
  const { images, tags } = app.store;
  const repo = familiarName(ref);
  if (ref.digest !== undefined) {
    const repoDigest = `${repo}@${ref.digest}`;
    return images.list(account.uuid).find((image) => image.repo_digests.includes(repoDigest)) ?? null;
  }
  const tag = tags.get(account.uuid, repo, ref.tag ?? 'latest');
  return tag === null ? null : images.get(account.uuid, tag.config_digest);
}

/** True when the text names the image by its id, whole or shortened, rather than by a name. */
export function isIdOf(image: DockerImage, text: string): boolean {
  return image.config_digest.startsWith(text) || image.config_digest.startsWith(`sha256:${text}`);
}

/** Parses a name or throws DockerError invalid with dockerd's text. */
export function parseName(text: string): Reference {
  return asInvalid(() => parseNormalizedNamed(text));
}

/** Runs a step of reference handling; its InvalidReferenceError becomes DockerError invalid. */
export function asInvalid<T>(step: () => T): T {
  try {
    return step();
  } catch (err) {
    if (err instanceof InvalidReferenceError) throw invalid(err.message, err);
    throw err;
  }
}

function parseAny(text: string): AnyReference {
  return asInvalid(() => parseAnyReference(text));
}

function shown(any: AnyReference): string {
  return any.kind === 'id' ? any.digest : familiarString(tagNameOnly(any.ref));
}

function imageOfPrefix(app: App, account: Account, text: string): DockerImage | null {
  const found = app.store.images.findByPrefix(account.uuid, text.replace(/^sha256:/, ''));
  return found.length === 1 ? (found[0] ?? null) : null;
}
