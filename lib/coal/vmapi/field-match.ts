// How VMAPI compares a VM's field with a constant from a query: by the field's own type, with `*` as a wildcard.
import type { Vm } from '#lib/wire/types.ts';

/** Indexed fields (a query may name no other), plus tag.<k>, tags.<k>, internal_metadata.<k>. */
const FIELDS = new Set([
  'uuid',
  'alias',
  'autoboot',
  'billing_id',
  'brand',
  'create_timestamp',
  'cpu_cap',
  'cpu_shares',
  'destroyed',
  'docker',
  'hostname',
  'image_uuid',
  'last_modified',
  'max_lwps',
  'max_physical_memory',
  'max_swap',
  'owner_uuid',
  'package_name',
  'package_version',
  'quota',
  'ram',
  'server_uuid',
  'state',
  'zone_state',
]);
const KEYED = /^(tags?|internal_metadata)\.(.+)$/s;

export function isQueryField(field: string): boolean {
  return FIELDS.has(field) || KEYED.test(field);
}

/** The value of a query field; undefined when unset. */
export function fieldValue(vm: Vm, field: string): unknown {
  const keyed = KEYED.exec(field);
  if (keyed) return (keyed[1] === 'internal_metadata' ? vm.internal_metadata : vm.tags)[keyed[2]!];
  if (field === 'ram') return vm.max_physical_memory ?? undefined;
  if (field === 'docker') return vm.docker === true;
  return vm[field] ?? undefined;
}

/** Equal, or for text with `*` in the constant: the pattern fits. */
export function fieldEquals(value: unknown, constant: unknown): boolean {
  if (value === undefined || value === null) return false;
  if (typeof constant === 'string' && typeof value === 'string' && constant.includes('*')) {
    return wildcard(constant, value);
  }
  return String(value) === String(constant);
}

/** Orders numbers as numbers and everything else as text; null when the value is unset. */
export function fieldCompare(value: unknown, constant: unknown): number | null {
  if (value === undefined || value === null) return null;
  if (typeof value === 'number') return value - Number(constant);
  const [a, b] = [dateOrText(value), dateOrText(constant)];
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Timestamps are asked for in ms or as ISO text; both sides become ISO text. */
function dateOrText(value: unknown): string {
  const text = String(value);
  return /^\d{13}$/.test(text) ? new Date(Number(text)).toISOString() : text;
}

/** `*` stands for any text; linear, whatever the pattern. */
export function wildcard(pattern: string, text: string): boolean {
  const parts = pattern.split('*');
  const first = parts.shift()!;
  const last = parts.pop();
  if (last === undefined) return pattern === text;
  if (!text.startsWith(first) || text.length < first.length + last.length || !text.endsWith(last))
    return false;
  let at = first.length;
  const end = text.length - last.length;
  for (const part of parts) {
    const found = text.indexOf(part, at);
    if (found < 0 || found + part.length > end) return false;
    at = found + part.length;
  }
  return true;
}
