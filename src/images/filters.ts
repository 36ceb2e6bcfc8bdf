// The `filters` of the image operations: Docker's JSON map, label and time filters, and the shell patterns of `reference`.
import { type DockerError, invalid } from '#src/errors.ts';

/** Filter name → its values, in the order sent, without repeats. */
export type Filters = ReadonlyMap<string, ReadonlySet<string>>;

/**
 * Reads `filters`: {"name":{"value":true}} or, from old clients, {"name":["value"]}. Throws DockerError invalid, with dockerd's
 * text, for broken JSON or a name that is not in `accepted`.
 */
export function parseFilters(text: string | undefined, accepted: readonly string[]): Filters {
  const filters = new Map<string, Set<string>>();
  if (text === undefined || text === '') return filters;
  for (const [name, values] of Object.entries(jsonMap(text))) {
    if (!accepted.includes(name)) throw invalid(`invalid filter '${name}'`);
    filters.set(name, new Set(valuesOf(values)));
  }
  return filters;
}

/** dangling=1 and such. Throws DockerError invalid when the values say neither or both. */
export function filterBool(filters: Filters, name: string, fallback: boolean): boolean {
  const values = filters.get(name);
  if (values === undefined) return fallback;
  const no = values.has('0') || values.has('false');
  const yes = values.has('1') || values.has('true');
  if (no === yes) {
    const shown = values.size === 0 ? name : `${name}=[${[...values].join(' ')}]`;
    throw invalid(`invalid filter '${shown}'`);
  }
  return yes;
}

/** True when the labels have all that `label` names, and not all that `label!` names. */
export function matchesLabels(filters: Filters, labels: Readonly<Record<string, string>>): boolean {
  if (!hasAll(filters.get('label') ?? new Set(), labels)) return false;
  const unwanted = filters.get('label!');
  return unwanted === undefined || (unwanted.size > 0 && !hasAll(unwanted, labels));
}

function hasAll(wanted: ReadonlySet<string>, labels: Readonly<Record<string, string>>): boolean {
  for (const value of wanted) {
    const at = value.indexOf('=');
    const key = at < 0 ? value : value.slice(0, at);
    if (!Object.hasOwn(labels, key)) return false;
    if (at >= 0 && labels[key] !== value.slice(at + 1)) return false;
  }
  return true;
}

const UNIT_MS: Readonly<Record<string, number>> = {
  ns: 1e-6,
  us: 1e-3,
  µs: 1e-3,
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
};
const DURATION = /^([+-]?)((?:\d+\.?\d*|\.\d+)(?:ns|us|µs|ms|s|m|h))+$/;
const DATE = /^\d{4}-\d\d-\d\d(T\d\d(:\d\d(:\d\d(\.\d+)?)?)?)?(Z|[+-]\d\d:\d\d)?$/i;

/**
 * One value of `until` in ms since the epoch: a Go duration before `now`, a date, or seconds since the epoch. Throws DockerError
 * invalid with dockerd's words.
 */
export function parseUntil(value: string, now: number): number {
  if (value.trim() === '') throw badUntil('failed to parse value as time or duration: value is empty');
  const duration = DURATION.exec(value);
  if (duration) {
    const parts = [...value.matchAll(/(\d+\.?\d*|\.\d+)(ns|us|µs|ms|s|m|h)/g)];
    const ms = parts.reduce((sum, part) => sum + Number(part[1]) * UNIT_MS[part[2]!]!, 0);
    return duration[1] === '-' ? now + ms : now - ms;
  }
  if (DATE.test(value)) {
    const date = Date.parse(wholeDate(value));
    if (!Number.isNaN(date)) return date;
  }
  if (/^[+-]?\d{1,15}(\.\d{0,20})?$/.test(value)) return Number(value) * 1000;
  const seconds = value.split('.', 1)[0] ?? '';
  throw badUntil(
    `failed to parse value as time or duration: invalid seconds ${JSON.stringify(seconds)}: invalid syntax`,
  );
}

/** Dates without zone are local, hours may stand alone: as Go's layouts in moby's timestamp package have it. */
function wholeDate(value: string): string {
  if (!/t/i.test(value)) {
    return value.length === 10 ? `${value}T00:00:00` : `${value.slice(0, 10)}T00:00:00${value.slice(10)}`;
  }
  return value.replace(/^(.{10}T\d\d)(?!:)/i, '$1:00');
}

function badUntil(why: string): DockerError {
  return invalid(`invalid value for 'until' filter: ${why}`);
}

function jsonMap(text: string): object {
  try {
    const raw: unknown = JSON.parse(text);
    if (typeof raw === 'object' && raw !== null && !Array.isArray(raw)) return raw;
  } catch (err) {
    throw invalid('invalid filter', err as Error);
  }
  throw invalid('invalid filter');
}

function valuesOf(values: unknown): string[] {
  if (Array.isArray(values) && values.every((value) => typeof value === 'string')) return values;
  if (typeof values !== 'object' || values === null) throw invalid('invalid filter');
  return Object.keys(values);
}
