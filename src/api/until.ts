// The `until` filter of the prune and list operations: a moment, said in one of Docker's ways.

import { parseDuration } from '#lib/docker-vm/log/go-values.ts';
import { type DockerError, invalid } from '#src/errors.ts';
import type { Filters } from './filters.ts';

const DURATION = /^[+-]?((?:\d+\.?\d*|\.\d+)(?:ns|us|µs|ms|s|m|h))+$/;
const DATE = /^\d{4}-\d\d-\d\d(T\d\d(:\d\d(:\d\d(\.\d+)?)?)?)?(Z|[+-]\d\d:\d\d)?$/i;

/** The moment of the `until` filter in ms since the epoch, or null without one. Throws DockerError invalid. */
export function filterUntil(filters: Filters, now: number): number | null {
  const values = [...(filters.get('until') ?? [])];
  if (values.length > 1) throw invalid('more than one until filter specified');
  return values[0] === undefined ? null : parseUntil(values[0], now);
}

/**
 * One value of `until` in ms since the epoch: a Go duration before `now`, a date, or seconds since the epoch. Throws DockerError
 * invalid with dockerd's words.
 */
export function parseUntil(value: string, now: number): number {
  if (value.trim() === '') throw badUntil('failed to parse value as time or duration: value is empty');
  if (DURATION.test(value)) return now - parseDuration(value);
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
