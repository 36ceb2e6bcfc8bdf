// GET /rules: which rules a query means (FWAPI's filters), and their parsed parts when asked for. Pure.

import type { RuleContent, RuleTag } from '#lib/fw-rules/rule.ts';
import type { FieldError } from '#lib/wire/errors.ts';
import { TritonError } from '#lib/wire/errors.ts';
import { isUuid } from '#lib/wire/uuid.ts';
import type { StoredRule } from './rule-store.ts';

const FIELDS = ['parsed.action', 'parsed.ports', 'parsed.protocol', 'parsed.tags'];

type Check = (stored: StoredRule, value: string) => boolean;

/** A rule matches when either of its sides has the target. */
const FILTERS: Record<string, Check> = {
  owner_uuid: ({ rule }, owner) => rule.owner_uuid === owner,
  vm: ({ content }, vm) => sides(content).some((side) => side.vms.includes(vm)),
  ip: ({ content }, ip) => sides(content).some((side) => side.ips.includes(ip)),
  subnet: ({ content }, subnet) => sides(content).some((side) => side.subnets.includes(subnet)),
  tag: ({ content }, tag) => sides(content).some((side) => side.tags.some((each) => isTag(each, tag))),
  wildcard: ({ content }, word) =>
    sides(content).some((side) => (word === 'any' && side.any) || (word === 'vmall' && side.allVms)),
  protocol: ({ content }, protocol) => content.protocol === protocol,
  action: ({ content }, action) => content.action === action,
  enabled: ({ rule }, enabled) => String(rule.enabled) === enabled,
  global: ({ rule }, global) => String(rule.global === true) === global,
  log: ({ rule }, log) => String(rule.log) === log,
};

/** Throws TritonError InvalidParameters for a parameter that FWAPI does not know, or a uuid that is none. */
export function selectRules(rules: StoredRule[], query: URLSearchParams): object[] {
  const keys = [...new Set(query.keys())].filter((key) => key !== 'fields');
  const errors: FieldError[] = keys.flatMap((key) => {
    if (!Object.hasOwn(FILTERS, key)) return [invalidParameter(key, 'unknown parameter')];
    const uuids = key === 'owner_uuid' || key === 'vm' ? query.getAll(key) : [];
    return uuids.every(isUuid) ? [] : [invalidParameter(key, 'invalid UUID')];
  });
  const fields = query.getAll('fields').flatMap((value) => value.split(','));
  if (fields.some((field) => !FIELDS.includes(field)))
    errors.push(invalidParameter('fields', 'unknown field'));
  if (errors.length > 0) throw invalidParameters(errors);
  return rules
    .filter((stored) => keys.every((key) => query.getAll(key).some((value) => FILTERS[key]!(stored, value))))
    .map((stored) => withFields(stored, fields));
}

/** 422, FWAPI's answer to what it does not like. */
export function invalidParameters(errors: FieldError[]): TritonError {
  return new TritonError('InvalidParameters', 422, 'Invalid parameters', errors);
}

export function invalidParameter(field: string, message: string): FieldError {
  return { field, code: 'InvalidParameter', message };
}

function sides({ from, to }: RuleContent) {
  return [from, to];
}

/** 'name' or 'name=value'. */
function isTag({ name, value }: RuleTag, text: string): boolean {
  return name === text || (value !== null && `${name}=${value}` === text);
}

function withFields({ rule, content }: StoredRule, fields: string[]): object {
  if (fields.length === 0) return rule;
  const parsed: Record<string, unknown> = {};
  if (fields.includes('parsed.action')) parsed.action = content.action;
  if (fields.includes('parsed.ports') && content.ports.length > 0) parsed.ports = content.ports;
  if (fields.includes('parsed.protocol')) parsed.protocol = content.protocol;
  if (fields.includes('parsed.tags')) {
    parsed.fromtags = tagObject(content.from.tags);
    parsed.totags = tagObject(content.to.tags);
  }
  return { ...rule, parsed };
}

function tagObject(tags: RuleTag[]): Record<string, { all: boolean; values: string[] }> {
  const found: Record<string, { all: boolean; values: string[] }> = {};
  for (const { name, value } of tags) {
    found[name] ??= { all: false, values: [] };
    if (value === null) found[name].all = true;
    else found[name].values.push(value);
  }
  return found;
}
