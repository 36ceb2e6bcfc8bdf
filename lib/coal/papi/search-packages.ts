// GET /packages: an LDAP filter or field parameters, sorting and paging (triton-wire §5.5).
import { TritonError } from '#lib/wire/errors.ts';
import type { Package } from '#lib/wire/types.ts';
import { type Attributes, parseLdapFilter } from '../ldap-filter.ts';

/** Fields that may be searched by a parameter of their own name; any other parameter is ignored, as PAPI does. */
const SEARCHABLE = new Set([
  'uuid',
  'name',
  'version',
  'active',
  'owner_uuids',
  'brand',
  'os',
  'group',
  'flexible_disk',
  'cpu_cap',
  'fss',
  'max_lwps',
  'max_physical_memory',
  'max_swap',
  'quota',
  'vcpus',
  'zfs_io_priority',
]);

/** `total` counts all that match, `page` is cut by limit (0 = none) and offset. Throws TritonError InvalidArgument 409. */
export function searchPackages(
  all: readonly Package[],
  query: Record<string, string>,
): { page: Package[]; total: number } {
  const found = filtered(all, query.filter || filterOf(query));
  const { sort } = query;
  if (sort !== undefined) {
    const sign = query.order?.toUpperCase() === 'DESC' ? -1 : 1;
    found.sort((a, b) => sign * compare(field(a, sort), field(b, sort)));
  }
  const offset = count(query.offset);
  const limit = count(query.limit) || found.length;
  return { page: found.slice(offset, offset + limit), total: found.length };
}

function filtered(all: readonly Package[], filter: string | null): Package[] {
  if (filter === null) return [...all];
  try {
    const test = parseLdapFilter(filter);
    return all.filter((pkg) => test(attributesOf(pkg)));
  } catch (err) {
    if (!(err instanceof SyntaxError)) throw err;
    throw invalidFilter();
  }
}

/** null when no parameter names a field. owner_uuids also finds the packages that are everybody's. */
function filterOf(query: Record<string, string>): string | null {
  const parts = Object.entries(query).flatMap(([name, text]) => {
    if (!SEARCHABLE.has(name)) return [];
    const values = parseValues(text).map((value) => `(${name}=${value})`);
    if (name === 'owner_uuids') values.push('(!(owner_uuids=*))');
    return values.length > 0 ? [`(|${values.join('')})`] : [];
  });
  return parts.length > 0 ? `(&${parts.join('')})` : null;
}

/** One value or a JSON list of them; `*` stays a wildcard and `{\2a}` a plain star. */
function parseValues(text: string): string[] {
  let values: unknown[] = [text];
  if (text.startsWith('[')) {
    try {
      values = JSON.parse(text) as unknown[];
    } catch {
      // no list after all
    }
  }
  return values.map((value) => String(value).replaceAll('(', '\\28').replaceAll(')', '\\29'));
}

function attributesOf(pkg: Package): Attributes {
  return {
    values(attribute) {
      const value = field(pkg, attribute);
      if (value === undefined || value === null) return [];
      return Array.isArray(value) ? value : [value];
    },
  };
}

function field(pkg: Package, name: string): unknown {
  return Object.hasOwn(pkg, name) ? (pkg as unknown as Record<string, unknown>)[name] : undefined;
}

function compare(a: unknown, b: unknown): number {
  if (typeof a === 'number' && typeof b === 'number') return a - b;
  return String(a ?? '').localeCompare(String(b ?? ''));
}

function count(text: string | undefined): number {
  if (text === undefined) return 0;
  if (!/^\d{1,9}$/.test(text)) throw invalidFilter();
  return Number(text);
}

function invalidFilter(): TritonError {
  return new TritonError('InvalidArgument', 409, 'Provided search filter is not valid');
}
