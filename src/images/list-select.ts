// Which images `docker images` with its filters shows, and in which order; dockerd's rules (moby daemon/images/image_list.go).
import { canonicalString, familiarName, familiarString, type Reference } from '#lib/registry/reference.ts';
import type { DockerImage } from '#lib/store/types.ts';
import { type Filters, filterBool, matchesLabels } from '#src/api/filters.ts';
import { compileGlob } from '#src/api/glob.ts';
import { parseUntil } from '#src/api/until.ts';
import { createdMs, labelsOf } from './from-image/config-json.ts';
import type { NamedImage } from './references.ts';

export const LIST_FILTERS: readonly string[] = [
  'before',
  'dangling',
  'label',
  'label!',
  'reference',
  'since',
  'until',
];

export interface ListOptions {
  /** Also images without a name that others were built from. */
  all: boolean;
  filters: Filters;
  now: number;
}

/**
 * The images to show, newest first, with the references that the `reference` filter leaves. Pure. `resolve` finds the image of
 * `before` and `since`; its errors pass. Throws DockerError invalid for a bad filter value.
 */
export function selectImages(
  images: readonly NamedImage[],
  options: ListOptions,
  resolve: (ref: string) => DockerImage,
): NamedImage[] {
  const { filters } = options;
  const danglingOnly = filterBool(filters, 'dangling', false);
  const inTime = timeWindow(options, resolve);
  const shows = referenceFilter(filters);
  const parents = new Set(images.map(({ image }) => image.parent));
  const selected: NamedImage[] = [];
  for (const { image, references } of images) {
    const isParent = parents.has(image.config_digest);
    if (danglingOnly && isParent) continue;
    if (!inTime(image) || !matchesLabels(filters, labelsOf(image) ?? {})) continue;
    const shown = references.filter(shows);
    if (shown.length > 0) {
      if (danglingOnly && shown.some((ref) => ref.digest === undefined)) continue;
    } else if (isHiddenNameless(options, isParent, danglingOnly)) continue;
    selected.push({ image, references: shown });
  }
  return selected.sort(newestFirst);
}

/** Whether an image without a name (that is left) stays out of the list. */
function isHiddenNameless({ all, filters }: ListOptions, isParent: boolean, danglingOnly: boolean): boolean {
  if (isParent && !all) return true;
  return filters.has('reference') || (filters.has('dangling') && !danglingOnly);
}

function timeWindow(
  { filters, now }: ListOptions,
  resolve: (ref: string) => DockerImage,
): (image: DockerImage) => boolean {
  let before = Number.POSITIVE_INFINITY;
  let since = Number.NEGATIVE_INFINITY;
  for (const ref of filters.get('before') ?? []) before = Math.min(before, createdMs(resolve(ref)) ?? before);
  for (const value of filters.get('until') ?? []) before = Math.min(before, parseUntil(value, now));
  for (const ref of filters.get('since') ?? []) since = Math.max(since, createdMs(resolve(ref)) ?? since);
  return (image) => {
    const created = createdMs(image);
    if (created === null) return !Number.isFinite(before) && !Number.isFinite(since);
    return created < before && created > since;
  };
}

function referenceFilter(filters: Filters): (ref: Reference) => boolean {
  const patterns = filters.get('reference');
  if (patterns === undefined) return () => true;
  const globs = [...patterns].map(compileGlob);
  return (ref) => {
    const names = [
      familiarString(ref),
      familiarName(ref),
      canonicalString(ref),
      canonicalString({ domain: ref.domain, path: ref.path }),
    ];
    return globs.some((matches) => names.some(matches));
  };
}

function newestFirst(a: NamedImage, b: NamedImage): number {
  const byTime = (createdMs(b.image) ?? 0) - (createdMs(a.image) ?? 0);
  return byTime || (a.image.config_digest < b.image.config_digest ? -1 : 1);
}
