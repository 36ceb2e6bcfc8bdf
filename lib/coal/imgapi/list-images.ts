// GET /images: the filters of triton-wire §4.4 over the manifests.
import { TritonError } from '#lib/wire/errors.ts';
import type { ImageManifest } from '#lib/wire/types.ts';

const STATES = new Set(['active', 'disabled', 'unactivated', 'all', 'creating', 'failed']);
const MAX_LIMIT = 1000;

/** Throws TritonError InvalidParameter for a state or limit that is none. Unknown filters are ignored. */
export function selectImages(all: ImageManifest[], query: Record<string, string>): ImageManifest[] {
  const state = query.state ?? 'active';
  if (!STATES.has(state)) {
    throw new TritonError('InvalidParameter', 422, `invalid state: ${JSON.stringify(state)}`, [
      { field: 'state', code: 'Invalid' },
    ]);
  }
  const found = all
    .filter((image) => (state === 'all' || image.state === state) && matches(image, query))
    .sort((a, b) => a.published_at.localeCompare(b.published_at) || a.uuid.localeCompare(b.uuid));
  const after = query.marker === undefined ? -1 : found.findIndex((image) => image.uuid === query.marker);
  return found.slice(after + 1, after + 1 + limitOf(query.limit));
}

function matches(image: ImageManifest, query: Record<string, string>): boolean {
  return Object.entries(query).every(([name, value]) => {
    if (name === 'name' && value.startsWith('~')) return image.name.includes(value.slice(1));
    if (name === 'name' || name === 'version' || name === 'os' || name === 'owner')
      return image[name] === value;
    if (name === 'type') return value.startsWith('!') ? image.type !== value.slice(1) : image.type === value;
    if (name === 'public') return String(image.public) === value;
    if (name.startsWith('tag.')) return String(image.tags[name.slice(4)] ?? '') === value;
    return true;
  });
}

function limitOf(text: string | undefined): number {
  if (text === undefined) return MAX_LIMIT;
  const limit = Number(text);
  if (Number.isInteger(limit) && limit >= 1 && limit <= MAX_LIMIT) return limit;
  throw new TritonError('InvalidParameter', 422, `invalid "limit": ${text}`, [
    { field: 'limit', code: 'Invalid' },
  ]);
}
