// Triton's firewall rules: the record as FWAPI sends it, and what its text says. The language is parsed by npm fwrule.
import fwrule, { type FwRule as Parsed, type RawTag, type RawTargets } from 'fwrule';

/** A rule as FWAPI stores and answers it. `rule` is the normalised text. */
export interface FwRule {
  uuid: string;
  rule: string;
  enabled: boolean;
  /** Absent for a global rule. */
  owner_uuid?: string;
  global?: true;
  description?: string;
  created_by?: string;
  version: string;
  log: boolean;
}

export interface RuleTag {
  name: string;
  /** null: whatever it is. */
  value: string | null;
}

/** One side of a rule; a machine is meant when any of them names it. */
export interface RuleTargets {
  /** Everybody, also who is no VM. */
  any: boolean;
  /** Every VM of the rule's owner; of everybody for a global rule. */
  allVms: boolean;
  ips: string[];
  subnets: string[];
  tags: RuleTag[];
  vms: string[];
}

export type RulePort = number | 'all' | { start: number; end: number };

/** What the text says. */
export interface RuleContent {
  action: 'allow' | 'block';
  priority: number;
  protocol: 'tcp' | 'udp' | 'icmp' | 'icmp6' | 'ah' | 'esp';
  /** Of tcp and udp. */
  ports: RulePort[];
  /** Of icmp: code null means every one; none at all, every type. */
  types: { type: number; code: number | null }[];
  from: RuleTargets;
  to: RuleTargets;
}

/** One thing that is wrong with a payload. */
export interface RuleFault {
  field: string;
  message: string;
}

export class InvalidRule extends Error {
  readonly faults: RuleFault[];

  constructor(faults: RuleFault[], cause: unknown) {
    super(faults.map(({ field, message }) => `${field}: ${message}`).join('; '), { cause });
    this.faults = faults;
  }
}

/** Newest version of the language; what a payload must say of its owner is enforced as FWAPI does. */
const OPTIONS = { maxVersion: 4, enforceSubnetMask: true, enforceGlobal: true };

/** A payload of POST or PUT as a record, its text normalised. Throws InvalidRule. */
export function toRule(payload: Record<string, unknown>): FwRule {
  return parsed(payload).serialize() as unknown as FwRule;
}

/** What a record's text says. Throws InvalidRule. */
export function contentOf(rule: Pick<FwRule, 'rule' | 'owner_uuid'>): RuleContent {
  const {
    action,
    priority,
    protocol,
    ports = [],
    types = [],
    from,
    to,
  } = parsed({
    rule: rule.rule,
    ...(rule.owner_uuid === undefined ? { global: true } : { owner_uuid: rule.owner_uuid }),
  });
  return {
    action,
    priority,
    protocol,
    ports,
    types: types.flatMap((type) => toType(String(type)) ?? []),
    from: toTargets(from),
    to: toTargets(to),
  };
}

export function newVersion(): string {
  return fwrule.generateVersion();
}

function parsed(payload: Record<string, unknown>): Parsed {
  try {
    return fwrule.create(payload, OPTIONS);
  } catch (err) {
    throw new InvalidRule(faultsOf(err), err);
  }
}

function faultsOf(err: unknown): RuleFault[] {
  const {
    ase_errors: many,
    field,
    message,
  } = err as {
    ase_errors?: { field?: string; message: string }[];
    field?: string;
    message: string;
  };
  return (many ?? [{ field, message }]).map((one) => ({ field: one.field ?? 'rule', message: one.message }));
}

function toTargets({ wildcards, ips, subnets, tags, vms }: RawTargets): RuleTargets {
  return {
    any: wildcards.includes('any'),
    allVms: wildcards.includes('vmall'),
    ips,
    subnets,
    tags: tags.map(toTag),
    vms,
  };
}

function toTag(tag: RawTag): RuleTag {
  return typeof tag === 'string' ? { name: tag, value: null } : { name: tag[0], value: tag[1] };
}

/** null for all. */
function toType(text: string): RuleContent['types'][number] | null {
  if (text === 'all') return null;
  const [type, code] = text.split(':').map(Number);
  return { type: type ?? 0, code: code ?? null };
}
