// What a removal does and refuses: untag or delete; dockerd's rules (moby daemon/images/image_delete.go). Pure.
import { shortId, shortImageId } from '#lib/docker-vm/ids.ts';
import { familiarName, type Reference, tagNameOnly } from '#lib/registry/reference.ts';
import { conflict } from '#src/errors.ts';
import type { NamedImage } from './references.ts';
import type { ImageUser } from './usage.ts';

export interface DeletePlan {
  /** In order. `event`: dockerd says nothing of the digests that go with the last tag. */
  untag: { ref: Reference; event: boolean }[];
  deleteImage: boolean;
}

/** What is known of the image before its removal. */
export interface DeleteFacts extends NamedImage {
  /** Of this account. */
  users: readonly ImageUser[];
  /** Another image was built from it. */
  hasChildren: boolean;
  force: boolean;
}

/**
 * `typed`: what the user wrote; `name`: the same as a reference, null when it is the image's id or a prefix of it. Throws DockerError
 * conflict with dockerd's texts.
 */
export function planDelete(typed: string, name: Reference | null, facts: DeleteFacts): DeletePlan {
  return name === null ? planById(facts) : planByName(typed, tagNameOnly(name), facts);
}

function planByName(typed: string, name: Reference, facts: DeleteFacts): DeletePlan {
  const { image, references, users, force } = facts;
  const user = users[0];
  // Without its last name the image would dangle, and that the user must want.
  if (!force && user !== undefined && isSingle(references)) {
    throw conflict(
      `conflict: unable to remove repository reference ${JSON.stringify(typed)} (must force) - ` +
        `container ${shortId(user.id)} is using its referenced image ${shortImageId(image.config_digest)}`,
    );
  }
  const untag = [{ ref: name, event: true }];
  let left = references.filter((ref) => !isSame(ref, name));
  const sameRepo = (ref: Reference): boolean => familiarName(ref) === familiarName(name);
  if (name.digest === undefined && !left.some((ref) => sameRepo(ref) && ref.digest === undefined)) {
    // Digests alone say nothing to a user: they go with the last tag of their repository.
    untag.push(...left.filter(sameRepo).map((ref) => ({ ref, event: false })));
    left = left.filter((ref) => !sameRepo(ref));
  }
  const deleteImage = left.length === 0 && findConflict({ ...facts, references: [] }) === null;
  return { untag, deleteImage };
}

function planById(facts: DeleteFacts): DeletePlan {
  const { references } = facts;
  // One name is no conflict: it goes with the image.
  const standing = isSingle(references) ? [] : references;
  const why = findConflict({ ...facts, references: standing });
  if (why !== null) {
    const how = why.hard ? 'cannot be forced' : 'must be forced';
    throw conflict(
      `conflict: unable to delete ${shortImageId(facts.image.config_digest)} (${how}) - ${why.message}`,
    );
  }
  return { untag: references.map((ref) => ({ ref, event: true })), deleteImage: true };
}

function findConflict(facts: DeleteFacts): { hard: boolean; message: string } | null {
  const { references, users, hasChildren, force } = facts;
  if (hasChildren) return { hard: true, message: 'image has dependent child images' };
  const running = users.find((user) => user.running);
  if (running !== undefined) {
    return { hard: true, message: `image is being used by running container ${shortId(running.id)}` };
  }
  if (force) return null;
  if (references.length > 0) return { hard: false, message: 'image is referenced in multiple repositories' };
  const stopped = users[0];
  return stopped === undefined
    ? null
    : { hard: false, message: `image is being used by stopped container ${shortId(stopped.id)}` };
}

/** All references are of one repository and at most one is a tag; false for none. */
function isSingle(references: readonly Reference[]): boolean {
  if (references.length <= 1) return references.length === 1;
  const tags = references.filter((ref) => ref.digest === undefined);
  const digested = new Set(references.filter((ref) => ref.digest !== undefined).map(familiarName));
  const only = tags[0] ?? references[0]!;
  return tags.length <= 1 && digested.size === 1 && digested.has(familiarName(only));
}

/** A digest wins over a tag beside it. */
function isSame(a: Reference, b: Reference): boolean {
  if (familiarName(a) !== familiarName(b)) return false;
  return b.digest === undefined ? a.digest === undefined && a.tag === b.tag : a.digest === b.digest;
}
