// Typed reading of a JSON object's fields: absent and null give Go's zero value, a wrong type gives Go's error.
import { type DockerError, invalid } from '#src/errors.ts';

/** A JSON object with the name that Go's decoder would give it in an error. */
export class Fields {
  readonly raw: Record<string, unknown>;
  readonly #path: string;

  constructor(raw: Record<string, unknown>, path: string) {
    this.raw = raw;
    this.#path = path;
  }

  string(key: string): string {
    return this.#typed(key, 'string', (v): v is string => typeof v === 'string') ?? '';
  }

  boolean(key: string): boolean {
    return this.booleanOrNull(key) ?? false;
  }

  booleanOrNull(key: string): boolean | null {
    return this.#typed(key, 'bool', (v): v is boolean => typeof v === 'boolean');
  }

  integer(key: string): number {
    return this.integerOrNull(key) ?? 0;
  }

  integerOrNull(key: string): number | null {
    return this.#typed(key, 'int64', (v): v is number => typeof v === 'number' && Number.isSafeInteger(v));
  }

  strings(key: string): string[] | null {
    const list = this.#typed(key, '[]string', (v): v is unknown[] => Array.isArray(v));
    return list?.map((item) => this.#text(key, item)) ?? null;
  }

  /** Docker's StrSlice: a list of strings, or one string. */
  words(key: string): string[] | null {
    const value = this.raw[key];
    return typeof value === 'string' ? [value] : this.strings(key);
  }

  list(key: string): unknown[] | null {
    return this.#typed(key, '[]interface {}', (v): v is unknown[] => Array.isArray(v));
  }

  stringLists(key: string): string[][] | null {
    return this.#typed(key, '[][]string', (v): v is string[][] => Array.isArray(v) && v.every(isStrings));
  }

  stringMap(key: string): Record<string, string> | null {
    const map = this.#typed(key, 'map[string]string', isObject);
    return (
      map && Object.fromEntries(Object.entries(map).map(([name, value]) => [name, this.#text(key, value)]))
    );
  }

  /** A map whose values the caller looks at. */
  map<V = unknown>(key: string): Record<string, V> | null {
    return this.#typed(key, 'map', (v): v is Record<string, V> => isObject(v));
  }

  object(key: string): Fields | null {
    const value = this.#typed(key, 'struct', isObject);
    return value === null ? null : new Fields(value, `${this.#path}.${key}`);
  }

  objects(key: string): Fields[] | null {
    const list = this.#typed(
      key,
      '[]struct',
      (v): v is Record<string, unknown>[] => Array.isArray(v) && v.every(isObject),
    );
    return list?.map((item) => new Fields(item, `${this.#path}.${key}`)) ?? null;
  }

  /** Two non-negative integers, [0, 0] when absent. */
  pair(key: string): [number, number] {
    const value = this.#typed(
      key,
      '[2]uint',
      (v): v is number[] => Array.isArray(v) && v.every((x) => Number.isSafeInteger(x) && x >= 0),
    );
    return [value?.[0] ?? 0, value?.[1] ?? 0];
  }

  #typed<T>(key: string, goType: string, is: (value: unknown) => value is T): T | null {
    const value = Object.hasOwn(this.raw, key) ? this.raw[key] : undefined;
    if (value === undefined || value === null) return null;
    if (!is(value)) throw this.#mismatch(key, value, goType);
    return value;
  }

  /** In a list or map of strings: Go names the type of the one that is none, and reads null as its zero value. */
  #text(key: string, value: unknown): string {
    if (value === null) return '';
    if (typeof value !== 'string') throw this.#mismatch(key, value, 'string');
    return value;
  }

  #mismatch(key: string, value: unknown, goType: string): DockerError {
    const into = `Go struct field ${this.#path}.${key} of type ${goType}`;
    return invalid(`invalid JSON: json: cannot unmarshal ${jsonKind(value)} into ${into}`);
  }
}

/** A request's body, which must be an object; `goType` with its package ('container.UpdateConfig'). Throws DockerError invalid. */
export function bodyFields(json: unknown, goType: string): Fields {
  // Go reads null as a struct of zeros.
  const body = json ?? {};
  if (!isObject(body)) {
    throw invalid(`invalid JSON: json: cannot unmarshal ${jsonKind(body)} into Go value of type ${goType}`);
  }
  return new Fields(body, goType.slice(goType.lastIndexOf('.') + 1));
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isStrings(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((item) => typeof item === 'string');
}

/** Go's word for the kind of a JSON value. */
function jsonKind(value: unknown): string {
  if (Array.isArray(value)) return 'array';
  return typeof value === 'boolean' ? 'bool' : typeof value;
}
