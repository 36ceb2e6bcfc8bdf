// The build cache: the account's own images, of which one was made of the same image by the same step.
import type { DockerImage } from '#lib/store/types.ts';
import type { ContainerConfig } from '#src/containers/types.ts';

/** Of no meaning for what a step does, or only another name for the parent. */
const IGNORED = new Set(['Hostname', 'Domainname', 'Image']);

/**
 * The newest image on that very parent whose step had the whole same configuration; null when there is none. `images`: of the account and
 * nobody else. Pure.
 */
export function cachedImage(
  images: readonly DockerImage[],
  parent: string,
  step: ContainerConfig,
): DockerImage | null {
  const key = cacheKey(step);
  const found = images.filter((image) => {
    const { container_config: own } = image.image;
    return parent !== '' && image.parent === parent && own !== undefined && cacheKey(own as object) === key;
  });
  return found.sort((a, b) => b.created - a.created)[0] ?? null;
}

/** The configuration as one text, whatever the order of its keys. Pure. */
export function cacheKey(config: object): string {
  const known = Object.entries(config).filter(([name, value]) => !IGNORED.has(name) && !isNothing(value));
  return JSON.stringify(sorted(Object.fromEntries(known)));
}

/** What Go leaves out or writes as null is the same. */
function isNothing(value: unknown): boolean {
  if (value === undefined || value === null || value === '' || value === false) return true;
  return typeof value === 'object' && Object.keys(value).length === 0;
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([key, one]) => [key, sorted(one)]));
}
