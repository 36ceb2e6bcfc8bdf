// The query string of GET /vms: strictly checked, and turned into a test, an order and a page (triton-wire §2.2).
import type { FieldError } from '#lib/wire/errors.ts';
import { TritonError } from '#lib/wire/errors.ts';
import type { Vm } from '#lib/wire/types.ts';
import { isUuid } from '#lib/wire/uuid.ts';
import { parseLdapFilter } from '../ldap-filter.ts';
import { invalid, queryInteger, validationFailed } from '../validation.ts';
import { fieldEquals, fieldValue } from './field-match.ts';
import { parsePredicate, type VmTest } from './predicate.ts';

export interface ListQuery {
  test: VmTest;
  fields: string[] | undefined;
  limit: number;
  offset: number;
  order(a: Vm, b: Vm): number;
  /** uuid after which the page begins */
  marker: string | undefined;
}

/** Default and largest page. */
const PAGE = 1000;
/** Only these may be asked for by name in a list (VMAPI's VM_FIELDS). */
const LIST_FIELDS = new Set(
  `uuid alias autoboot brand billing_id cpu_cap cpu_shares customer_metadata datasets delegate_dataset
   dns_domain docker firewall_enabled flexible_disk_size free_space fs_allowed hostname indestructible_delegated
   indestructible_zoneroot init_name internal_metadata internal_metadata_namespaces kernel_version last_modified limit_priv
   maintain_resolvers max_locked_memory max_lwps max_physical_memory max_swap mdata_exec_timeout owner_uuid package_name
   package_version platform_buildstamp quota ram resolvers role_tags server_uuid snapshots state tags tmpfs
   zfs_data_compression zfs_filesystem zfs_io_priority zone_state zpool *`.split(/\s+/),
);
const STATES = new Set(['running', 'stopped', 'active', 'destroyed']);

type Check = (value: string) => VmTest | FieldError;

const CHECKS: Record<string, Check> = {
  alias: (value) => (vm) => vm.alias?.startsWith(value) === true,
  uuid: uuidCheck('uuid'),
  owner_uuid: uuidCheck('owner_uuid'),
  server_uuid: uuidCheck('server_uuid'),
  image_uuid: uuidCheck('image_uuid'),
  billing_id: uuidCheck('billing_id'),
  uuids: (value) => {
    const uuids = new Set(value.split(','));
    return [...uuids].every(isUuid) ? (vm) => uuids.has(vm.uuid) : invalid('uuids', 'Invalid UUID');
  },
  brand: equals('brand'),
  package_name: equals('package_name'),
  package_version: equals('package_version'),
  create_timestamp: equals('create_timestamp'),
  docker: (value) =>
    value === 'true' || value === 'false'
      ? (vm) => (vm.docker === true) === (value === 'true')
      : invalid('docker'),
  ram: (value) => (/^\d+$/.test(value) ? equals('ram')(value) : invalid('ram', 'Not a valid number')),
  state: (value) => {
    if (!STATES.has(value)) return invalid('state', `Must be one of: ${[...STATES].join(', ')}`);
    if (value === 'active') return (vm) => vm.state !== 'destroyed' && vm.state !== 'failed';
    return (vm) => vm.state === value;
  },
};
/** Read elsewhere in this file. */
const PAGING = new Set(['fields', 'limit', 'marker', 'offset', 'predicate', 'query', 'sort']);

/** Throws TritonError: ValidationFailed 409; for a bad `query` 500 without a code, as recorded (list-bad-query). */
export function parseListQuery(query: Record<string, string>): ListQuery {
  const tests: VmTest[] = [];
  const errors: FieldError[] = [];
  for (const [key, value] of Object.entries(query)) {
    if (PAGING.has(key)) continue;
    const check = CHECKS[key] ?? (/^(tag|internal_metadata)\../s.test(key) ? equals(key) : undefined);
    const result = check ? check(value) : invalid(key);
    if (typeof result === 'function') tests.push(result);
    else errors.push(result);
  }
  const fields = query.fields?.split(',');
  const unknown = fields?.find((field) => !LIST_FIELDS.has(field));
  if (unknown !== undefined) errors.push(invalid('fields', 'Invalid parameter'));
  if (errors.length > 0) throw validationFailed(errors);
  if (query.predicate !== undefined) tests.push(parsePredicate(query.predicate));
  if (query.query !== undefined) tests.push(parseQuery(query.query));
  return {
    test: (vm) => tests.every((test) => test(vm)),
    fields,
    limit: queryInteger(query, 'limit', { min: 1, max: PAGE }) ?? PAGE,
    offset: queryInteger(query, 'offset', { min: 0, max: Number.MAX_SAFE_INTEGER }) ?? 0,
    order: parseSort(query.sort),
    marker: query.marker === undefined ? undefined : parseMarker(query.marker),
  };
}

/** The page and the number of VMs before paging. */
export function runListQuery(all: Iterable<Vm>, query: ListQuery): { page: Vm[]; total: number } {
  const found = [...all].filter(query.test).sort(query.order);
  const after = query.marker === undefined ? -1 : found.findIndex((vm) => vm.uuid === query.marker);
  const start = after + 1 + query.offset;
  return { page: found.slice(start, start + query.limit), total: found.length };
}

function uuidCheck(field: string): Check {
  return (value) =>
    isUuid(value) ? (vm) => fieldValue(vm, field) === value : invalid(field, 'Invalid UUID');
}

function equals(field: string): (value: string) => VmTest {
  return (value) => (vm) => fieldEquals(fieldValue(vm, field), value);
}

/** 'field', 'field.ASC', 'field.DESC'; without it the newest first. */
function parseSort(sort: string | undefined): (a: Vm, b: Vm) => number {
  const parts = /^([a-z_]+)(?:\.(ASC|DESC))?$/i.exec(sort ?? 'create_timestamp.DESC');
  const field = parts?.[1];
  if (field === undefined) throw validationFailed([invalid('sort')]);
  const sign = (parts?.[2] ?? 'ASC').toUpperCase() === 'DESC' ? -1 : 1;
  return (a, b) => sign * compare(a[field], b[field]) || compare(a.uuid, b.uuid);
}

function compare(a: unknown, b: unknown): number {
  if (typeof a === 'number' && typeof b === 'number') return a - b;
  const [x, y] = [String(a ?? ''), String(b ?? '')];
  return x < y ? -1 : x > y ? 1 : 0;
}

/** A uuid, or VMAPI's JSON form {"uuid": …}. */
function parseMarker(text: string): string {
  if (isUuid(text)) return text;
  try {
    const { uuid } = JSON.parse(text) as { uuid?: unknown };
    if (isUuid(uuid)) return uuid;
  } catch {
    // falls through
  }
  throw validationFailed([invalid('marker')]);
}

function parseQuery(text: string): VmTest {
  try {
    const test = parseLdapFilter(text);
    return (vm) =>
      test({
        values: (attribute) => {
          const value = fieldValue(vm, attribute);
          return value === undefined ? [] : [value];
        },
      });
  } catch {
    throw new TritonError('InternalError', 500, `${text} is an invalid filter`);
  }
}
