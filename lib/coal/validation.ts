// Field checks that all CoaL services share, with the error elements of Triton's services.
import { type FieldError, TritonError } from '#lib/wire/errors.ts';

/** 409 ValidationFailed, VMAPI's answer to anything it does not like. */
export function validationFailed(errors: FieldError[], message = 'Invalid Parameters'): TritonError {
  return new TritonError('ValidationFailed', 409, message, errors);
}

export function invalid(field: string, message = 'Invalid parameter'): FieldError {
  return { field, code: 'Invalid', message };
}

export function missing(field: string): FieldError {
  return { field, code: 'MissingParameter' };
}

/** 'true' and 'false' only, as VMAPI takes them; undefined when absent. */
export function queryBoolean(query: Record<string, string>, field: string): boolean | undefined {
  const value = query[field];
  if (value === undefined) return undefined;
  if (value !== 'true' && value !== 'false') throw validationFailed([invalid(field)]);
  return value === 'true';
}

/** Integer within bounds; undefined when absent. */
export function queryInteger(
  query: Record<string, string>,
  field: string,
  { min, max }: { min: number; max: number },
): number | undefined {
  const value = query[field];
  if (value === undefined) return undefined;
  const number = Number(value);
  if (!/^-?\d+$/.test(value) || number < min || number > max) {
    throw validationFailed([invalid(field, `Not a valid number: number must be >= ${min} and <= ${max}`)]);
  }
  return number;
}
