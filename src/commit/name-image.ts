// The names that a build gives its image.
import { familiarString, type Reference } from '#lib/registry/reference.ts';
import type { DockerImage } from '#lib/store/types.ts';
import type { Req } from '#src/context.ts';
import { invalid } from '#src/errors.ts';
import { parseName } from '#src/images/lookup.ts';
import { parseNewTag, tagImage } from '#src/images/tag.ts';

/** Each once, in order. Pure. Throws DockerError invalid with dockerd's texts. */
export function parseNames(names: readonly string[]): Reference[] {
  const refs = new Map<string, Reference>();
  for (const name of names) {
    const parsed = parseName(name);
    if (parsed.digest !== undefined) throw invalid('build tag cannot contain a digest');
    const { tag = '', ...repo } = parsed;
    const ref = parseNewTag(familiarString(repo), tag);
    refs.set(familiarString(ref), ref);
  }
  return [...refs.values()];
}

/** As the user sees it. */
export function nameImage(req: Pick<Req, 'app' | 'account'>, image: DockerImage, ref: Reference): string {
  tagImage(req, image, ref);
  return familiarString(ref);
}
