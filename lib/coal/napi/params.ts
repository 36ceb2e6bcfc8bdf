// NAPI's way to check parameters: 422 InvalidParameters that lists what is wrong.
import { type FieldError, TritonError } from '#lib/wire/errors.ts';
import { isUuid } from '#lib/wire/uuid.ts';

/** One parameter's check: the value as it is meant, or a complaint. Values of a query are texts, those of a body anything. */
export type Check = (value: unknown) => { value: unknown } | { complaint: string };
export type Schema = Record<string, Check>;

export const MAX_LIMIT = 1000;

export function invalidParameters(errors: FieldError[], message = 'Invalid parameters'): TritonError {
  return new TritonError('InvalidParameters', 422, message, errors);
}

export function invalidParameter(field: string, message: string): FieldError {
  return { field, code: 'InvalidParameter', message };
}

export function usedBy(field: string, type: string, id: string): FieldError {
  const error = { type, id, code: 'UsedBy', message: `IP in use by ${type} "${id}"`, field };
  return error;
}

/** A list's query: every parameter must be known. Throws TritonError InvalidParameters. */
export function strictQuery(query: Record<string, string>, schema: Schema): Record<string, unknown> {
  const unknown = Object.keys(query).filter((name) => !Object.hasOwn(schema, name));
  if (unknown.length > 0) {
    const message = `Unknown parameters: ${unknown.join(', ')}`;
    throw invalidParameters([{ field: unknown, code: 'UnknownParameters', message }]);
  }
  return checked(query, schema);
}

/** Those of `schema` that were given, checked; others are ignored. Throws TritonError InvalidParameters. */
export function checked(given: Record<string, unknown>, schema: Schema): Record<string, unknown> {
  const values: Record<string, unknown> = {};
  const errors: FieldError[] = [];
  for (const [name, check] of Object.entries(schema)) {
    if (given[name] === undefined) continue;
    const result = check(given[name]);
    if ('value' in result) values[name] = result.value;
    else errors.push(invalidParameter(name, result.complaint));
  }
  if (errors.length > 0) throw invalidParameters(errors);
  return values;
}

export const text: Check = (value) =>
  typeof value === 'string' && value !== '' ? { value } : { complaint: 'must be a string' };

export const uuid: Check = (value) => (isUuid(value) ? { value } : { complaint: 'invalid UUID' });

export const bool: Check = (value) => {
  if (value === true || value === 'true') return { value: true };
  return value === false || value === 'false' ? { value: false } : { complaint: 'must be a boolean value' };
};

export function oneOf(...words: string[]): Check {
  return (value) =>
    words.includes(String(value)) ? { value } : { complaint: `must be one of: ${words.join(', ')}` };
}

export function integer(min: number, max: number): Check {
  return (value) => {
    const number = /^\d{1,9}$/.test(String(value)) ? Number(value) : Number.NaN;
    if (number >= min && number <= max) return { value: number };
    return { complaint: `must be a number from ${min} to ${max}` };
  };
}

/** What every list takes. */
export const PAGING: Schema = { limit: integer(1, MAX_LIMIT), offset: integer(0, 999_999_999) };

export function page<T>(items: T[], { limit, offset }: { limit?: unknown; offset?: unknown }): T[] {
  const start = Number(offset ?? 0);
  return items.slice(start, start + Number(limit ?? MAX_LIMIT));
}
