// Query parameters of the container operations, read the way dockerd reads form values.
import { invalid } from '#src/errors.ts';

/** The first and the last second whose year has four digits. */
const YEAR_0 = -62_167_219_200;
const YEAR_9999 = 253_402_300_799;

/** dockerd's idea of a boolean: everything but '', 0, no, false and none is true. */
export function queryBool(value: string | undefined): boolean {
  return !['', '0', 'no', 'false', 'none'].includes((value ?? '').trim().toLowerCase());
}

/** A whole number, or null when absent. Throws DockerError invalid with Go's own words. */
export function queryInt(value: string | undefined): number | null {
  if (value === undefined || value === '') return null;
  if (!/^[+-]?\d{1,18}$/.test(value)) {
    throw invalid(`strconv.Atoi: parsing "${value}": invalid syntax`);
  }
  return Number(value);
}

/** Height or width of a terminal. Throws DockerError invalid. */
export function queryUint32(value: string | undefined, what: string): number {
  const text = value ?? '';
  if (!/^-?\d+$/.test(text)) throw invalid(`invalid resize ${what} "${text}": invalid syntax`);
  const number = Number(text);
  if (number < 0 || number > 0xffffffff) {
    throw invalid(`invalid resize ${what} "${text}": value out of range`);
  }
  return number;
}

/**
 * `seconds[.nanoseconds]` (possibly negative) as RFC 3339 with nanoseconds; '' when absent or 0. What lies before or after the
 * years of RFC 3339 becomes their first or last second. Throws DockerError invalid.
 */
export function queryTimestamp(value: string | undefined, name: string): string {
  if (value === undefined || value === '' || value === '0') return '';
  const match = /^(-?\d{1,12})(?:\.(\d{1,9}))?$/.exec(value);
  if (!match) {
    throw invalid(`invalid value for "${name}": failed to parse value as UNIX timestamp: ${value}`);
  }
  const date = new Date(Math.min(Math.max(Number(match[1]), YEAR_0), YEAR_9999) * 1000);
  return `${date.toISOString().slice(0, 19)}.${(match[2] ?? '').padEnd(9, '0')}Z`;
}
