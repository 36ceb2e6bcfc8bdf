// ImageTag: POST /images/:name/tag.
import {
  familiarName,
  familiarString,
  type Reference,
  tagNameOnly,
  withTag,
} from '#lib/registry/reference.ts';
import type { DockerImage } from '#lib/store/types.ts';
import type { Reply, Req } from '#src/context.ts';
import { invalid } from '#src/errors.ts';
import { emitImageEvent } from './events.ts';
import { labelsOf } from './from-image/config-json.ts';
import { asInvalid, parseName, resolveImage } from './lookup.ts';

/** 201. The tag is taken from the image that had it. */
export async function imageTag(req: Req): Promise<Reply> {
  const { app, account } = req;
  const ref = parseNewTag(req.query.repo ?? '', req.query.tag ?? '');
  tagImage(req, resolveImage(app, account, req.params.name!), ref);
  return { status: 201 };
}

/** Gives the image a name with a tag; whoever had it loses it. */
export function tagImage(req: Pick<Req, 'app' | 'account'>, image: DockerImage, ref: Reference): void {
  const { store } = req.app;
  store.tags.put({
    owner_uuid: req.account.uuid,
    repo: familiarName(ref),
    tag: ref.tag!,
    config_digest: image.config_digest,
  });
  store.images.put({ ...image, last_tagged: new Date().toISOString() });
  emitImageEvent(req, 'tag', image.config_digest, familiarString(ref), labelsOf(image) ?? {});
}

/** The tagged name that `repo` and `tag` make. Pure. Throws DockerError invalid with dockerd's texts. */
export function parseNewTag(repo: string, tag: string): Reference {
  const parsed = parseName(repo);
  if (parsed.digest !== undefined) throw invalid('cannot import digest reference');
  const ref = tag === '' ? tagNameOnly(parsed) : asInvalid(() => withTag(parsed, tag));
  if (familiarName(ref) === 'sha256') {
    throw invalid('refusing to create an ambiguous tag using digest algorithm as name');
  }
  return ref;
}
