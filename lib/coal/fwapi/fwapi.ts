// CoaL's FWAPI: rules in Triton's language, of owners or of all; the compute node is told of each change (triton-wire §5.4).
import { randomUUID } from 'node:crypto';
import { type FwRule, InvalidRule, newVersion, toRule } from '#lib/fw-rules/rule.ts';
import { appliesTo, concerns, names } from '#lib/fw-rules/targets.ts';
import { TritonError } from '#lib/wire/errors.ts';
import type { Vm } from '#lib/wire/types.ts';
import { isUuid } from '#lib/wire/uuid.ts';
import type { CoalReply, CoalRequest, CoalService } from '../types.ts';
import { invalidParameter, invalidParameters, selectRules } from './list-rules.ts';
import type { RuleStore, StoredRule } from './rule-store.ts';

/** What the real one says of itself. */
const SERVER = 'SmartDC Firewall API';

export interface FwapiOptions {
  rules: RuleStore;
  /** VMAPI's records. */
  vms: { get(uuid: string): Vm | undefined; all(): Iterable<Vm> };
}

/** The service; the store is the caller's to close. */
export function createFwapi({ rules, vms }: FwapiOptions): CoalService {
  return {
    name: 'fwapi',
    server: SERVER,
    routes: [
      { name: 'Ping', method: 'GET', path: '/ping', handler: ping },
      { name: 'ListRules', method: 'GET', path: '/rules', handler: (req) => list(rules, req) },
      { name: 'CreateRule', method: 'POST', path: '/rules', handler: (req) => create(rules, req) },
      { name: 'GetRule', method: 'GET', path: '/rules/:uuid', handler: (req) => get(rules, req) },
      { name: 'UpdateRule', method: 'PUT', path: '/rules/:uuid', handler: (req) => update(rules, req) },
      { name: 'DeleteRule', method: 'DELETE', path: '/rules/:uuid', handler: (req) => remove(rules, req) },
      {
        name: 'GetRuleVMs',
        method: 'GET',
        path: '/rules/:uuid/vms',
        handler: (req) => ruleVms(rules, vms, req),
      },
      {
        name: 'GetVMrules',
        method: 'GET',
        path: '/firewalls/vms/:uuid',
        handler: (req) => vmRules(rules, vms, req),
      },
      { name: 'CreateUpdate', method: 'POST', path: '/updates', handler: note },
    ],
    close: async () => {},
  };
}

type Vms = FwapiOptions['vms'];

async function ping(): Promise<CoalReply> {
  return { status: 200, body: { healthy: true, services: {}, status: 'OK' } };
}

async function list(rules: RuleStore, req: CoalRequest): Promise<CoalReply> {
  const { searchParams } = new URL(req.raw.url ?? '/', 'http://localhost');
  return { status: 200, body: selectRules(rules.all(), searchParams) };
}

async function get(rules: RuleStore, req: CoalRequest): Promise<CoalReply> {
  return { status: 200, body: ruleOf(rules, req).rule };
}

async function create(rules: RuleStore, req: CoalRequest): Promise<CoalReply> {
  if (!req.body.rule) throw new TritonError('MissingParameter', 409, '"rule" parameter required');
  const rule = checked(req.body);
  if (rules.get(rule.uuid) !== undefined)
    throw new TritonError('InvalidParameters', 422, 'Rule already exists', [
      { field: 'uuid', code: 'Duplicate', message: 'Already exists' },
    ]);
  rules.put(rule);
  return accepted(rule);
}

async function update(rules: RuleStore, req: CoalRequest): Promise<CoalReply> {
  const { rule } = ruleOf(rules, req);
  const changed = checked({ ...rule, ...req.body, uuid: rule.uuid, version: newVersion() });
  rules.put(changed);
  return accepted(changed);
}

async function remove(rules: RuleStore, req: CoalRequest): Promise<CoalReply> {
  rules.delete(ruleOf(rules, req).rule.uuid);
  return { status: 204, headers: { 'x-update-id': randomUUID() } };
}

/** The VMs that a rule is about. */
async function ruleVms(rules: RuleStore, vms: Vms, req: CoalRequest): Promise<CoalReply> {
  const { rule, content } = ruleOf(rules, req, false);
  const owner = req.query.owner_uuid;
  if (!owner) throw new TritonError('MissingParameter', 409, '"owner_uuid" parameter required');
  const found = [...vms.all()].filter(
    (vm) =>
      vm.owner_uuid === owner &&
      !['destroyed', 'failed', 'provisioning'].includes(vm.state) &&
      concerns(rule, vm) &&
      (names(content.from, vm) || names(content.to, vm)),
  );
  return { status: 200, body: found };
}

/** The rules that are about a VM, enabled or not. */
async function vmRules(rules: RuleStore, vms: Vms, req: CoalRequest): Promise<CoalReply> {
  const { uuid = '' } = req.params;
  const vm = isUuid(uuid) ? vms.get(uuid) : undefined;
  const { owner_uuid: owner } = req.query;
  if (vm === undefined || (owner !== undefined && owner !== vm.owner_uuid))
    throw new TritonError('ResourceNotFound', 404, 'VM not found');
  const found = rules.all().filter(({ rule, content }) => appliesTo(rule, content, vm));
  return { status: 200, body: found.map(({ rule }) => rule) };
}

/** Triton's workflows tell FWAPI of VMs; here the compute node knows them itself. */
async function note(): Promise<CoalReply> {
  return { status: 202, body: { update_uuid: randomUUID() } };
}

function accepted(rule: FwRule): CoalReply {
  return { status: 202, body: rule, headers: { 'x-update-id': randomUUID() } };
}

/** `owner_uuid` may come in the query or, as sdc-clients sends it, in the body. Throws ResourceNotFound, Forbidden. */
function ruleOf(rules: RuleStore, req: CoalRequest, byOwner = true): StoredRule {
  const stored = rules.get(req.params.uuid ?? '');
  if (stored === undefined) throw new TritonError('ResourceNotFound', 404, 'Rule not found');
  const owner = req.query.owner_uuid ?? (req.raw.method === 'PUT' ? undefined : req.body.owner_uuid);
  if (byOwner && owner !== undefined && owner !== stored.rule.owner_uuid)
    throw new TritonError('Forbidden', 403, 'owner does not match', [
      invalidParameter('owner_uuid', 'owner_uuid does not match'),
    ]);
  return stored;
}

function checked(payload: Record<string, unknown>): FwRule {
  try {
    return toRule(payload);
  } catch (err) {
    if (!(err instanceof InvalidRule)) throw err;
    throw invalidParameters(err.faults.map(({ field, message }) => invalidParameter(field, message)));
  }
}
