// Which top-level fields of a record changed: what a changefeed item lists as subResources.
import { isDeepStrictEqual } from 'node:util';

/** Sorted names of the fields that differ; a field that is absent and one that is undefined are the same. */
export function changedFields(before: object, after: object): string[] {
  const a = before as Record<string, unknown>;
  const b = after as Record<string, unknown>;
  const keys = new Set([...Object.keys(a), ...Object.keys(b)]);
  return [...keys].filter((key) => !isDeepStrictEqual(a[key], b[key])).sort();
}
