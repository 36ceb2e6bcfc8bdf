// Reads etc/coal.json (every setting, once, with its default) and lays a site's own file over it; ${stateDir}, ${runDir} expand.
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';

export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };
type JsonObject = { [key: string]: Json };

/** The two halves of the configuration, unvalidated: each program checks its own. */
export interface Settings {
  stateDir: string;
  runDir: string;
  daemon: JsonObject;
  coal: JsonObject;
}

/** Settings whose keys are a site's own. */
const FREE = ['mirrors', 'logOpts'];

/** Throws an Error with one clear line for a missing file, bad JSON or a key that etc/coal.json does not have. */
export function loadSettings(siteFile: string | null): Settings {
  let merged = parse(resolve(import.meta.dirname, '../../etc/coal.json'));
  if (siteFile !== null) merged = overlay(merged, parse(siteFile), siteFile, '');
  const vars = { stateDir: String(merged.stateDir), runDir: String(merged.runDir) };
  return expand(merged, vars) as unknown as Settings;
}

function parse(file: string): JsonObject {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (err) {
    throw new Error(`cannot read the configuration ${file}: ${(err as NodeJS.ErrnoException).code}`);
  }
  let value: Json;
  try {
    value = JSON.parse(text) as Json;
  } catch (err) {
    throw new Error(`the configuration ${file} is not valid JSON: ${(err as Error).message}`);
  }
  if (!isObject(value)) throw new Error(`the configuration ${file} is not a JSON object`);
  return value;
}

function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function overlay(base: JsonObject, over: JsonObject, file: string, at: string): JsonObject {
  const out: JsonObject = { ...base };
  for (const [key, value] of Object.entries(over)) {
    const known = Object.hasOwn(base, key) ? base[key] : undefined;
    if (known === undefined && !FREE.some((name) => at.endsWith(`${name}.`)))
      throw new Error(`unknown setting ${at}${key} in ${file}`);
    if (isObject(known) && !isObject(value))
      throw new Error(`the setting ${at}${key} in ${file} must be an object`);
    out[key] = isObject(known) && isObject(value) ? overlay(known, value, file, `${at}${key}.`) : value;
  }
  return out;
}

function expand(value: Json, vars: Record<string, string>): Json {
  if (typeof value === 'string')
    return value.replace(/\$\{(\w+)\}/g, (whole, name: string) => vars[name] ?? whole);
  if (Array.isArray(value)) return value.map((item) => expand(item, vars));
  if (!isObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, expand(item, vars)]));
}
