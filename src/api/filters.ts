// The `filters` query parameter: a JSON map of names to values, in Docker's new and old form.
import { linearRegExp } from '#lib/process/linear-regexp.ts';
import { DockerError, invalid } from '#src/errors.ts';

/** Filter name → its values, in the order sent, without repeats. */
export type Filters = ReadonlyMap<string, ReadonlySet<string>>;

/**
 * Reads `filters`: {"name":{"value":true}} or, from old clients, {"name":["value"]}. Throws DockerError invalid, with dockerd's
 * text, for broken JSON or a name that is not in `accepted`; null accepts every name.
 */
export function parseFilters(text: string | undefined, accepted: readonly string[] | null): Filters {
  const filters = new Map<string, Set<string>>();
  if (text === undefined || text === '') return filters;
  let raw: unknown;
  try {
    raw = JSON.parse(text);
  } catch (err) {
    throw new DockerError('invalid', 'invalid filter', err as Error);
  }
  if (typeof raw !== 'object' || raw === null || Array.isArray(raw)) throw invalid('invalid filter');
  for (const [name, values] of Object.entries(raw)) {
    if (accepted !== null && !accepted.includes(name)) throw invalid(`invalid filter '${name}'`);
    filters.set(name, new Set(valuesOf(values)));
  }
  return filters;
}

/** is-task=1 and such. Throws DockerError invalid when the values say neither or both. */
export function filterBool(filters: Filters, name: string, fallback: boolean): boolean {
  const values = filters.get(name);
  if (!values) return fallback;
  const no = values.has('0') || values.has('false');
  const yes = values.has('1') || values.has('true');
  if (no === yes) {
    const shown = values.size === 0 ? name : `${name}=[${[...values].join(' ')}]`;
    throw invalid(`invalid filter '${shown}'`);
  }
  return yes;
}

/** True when there is no such filter or one value equals the text or, as a regular expression (one that runs in linear time), is found in it. */
export function filterMatch(filters: Filters, name: string, text: string): boolean {
  const values = filters.get(name);
  if (!values || values.size === 0 || values.has(text)) return true;
  return [...values].some((value) => linearRegExp(value)?.test(text) ?? false);
}

/** True when there is no such filter or one value equals the text. */
export function filterExact(filters: Filters, name: string, text: string): boolean {
  const values = filters.get(name);
  return !values || values.size === 0 || values.has(text);
}

/** True when the labels have every `key` and `key=value` of the filter. */
export function filterLabels(filters: Filters, name: string, labels: Record<string, string>): boolean {
  for (const value of filters.get(name) ?? []) {
    const at = value.indexOf('=');
    const key = at < 0 ? value : value.slice(0, at);
    if (!Object.hasOwn(labels, key)) return false;
    if (at >= 0 && labels[key] !== value.slice(at + 1)) return false;
  }
  return true;
}

/** True when the labels have all that `label` names, and not all that `label!` names. */
export function matchesLabels(filters: Filters, labels: Record<string, string>): boolean {
  if (!filterLabels(filters, 'label', labels)) return false;
  const unwanted = filters.get('label!');
  return unwanted === undefined || (unwanted.size > 0 && !filterLabels(filters, 'label!', labels));
}

function valuesOf(values: unknown): string[] {
  const list = Array.isArray(values) ? values : Object.keys(Object(values));
  const isMap = typeof values === 'object' && values !== null;
  if (!isMap || !list.every((value) => typeof value === 'string')) throw invalid('invalid filter');
  return list;
}
