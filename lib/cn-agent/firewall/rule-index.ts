// The rules that are enabled, found by the VMs that they may be about: however many there are, a start looks at its own only.
import { contentOf, type FwRule, type RuleTargets } from '#lib/fw-rules/rule.ts';
import type { ActiveRule } from './compile.ts';

export class RuleIndex {
  readonly #all = new Map<string, ActiveRule>();
  /** Those that name every VM, or VMs by their tags. */
  readonly #broad = new Map<string, ActiveRule>();
  /** VM → those that name it by its uuid. */
  readonly #byVm = new Map<string, Map<string, ActiveRule>>();

  constructor(rules: FwRule[]) {
    for (const rule of rules) this.put(rule.uuid, rule);
  }

  /** A rule is new or another than before; null or one that is not enabled: it is gone. Gives what was, and what is. */
  put(uuid: string, rule: FwRule | null): { before?: ActiveRule; after?: ActiveRule } {
    const before = this.#all.get(uuid);
    if (before) this.#forget(uuid, before);
    if (!rule?.enabled) return before ? { before } : {};
    const after = { rule, content: contentOf(rule) };
    this.#all.set(uuid, after);
    const named = vmsNamedBy(after);
    if (named === null) this.#broad.set(uuid, after);
    for (const vm of named ?? []) {
      const own = this.#byVm.get(vm) ?? new Map<string, ActiveRule>();
      this.#byVm.set(vm, own.set(uuid, after));
    }
    return before ? { before, after } : { after };
  }

  /** Those that may be about a VM: whether they are, they say themselves. */
  near(vmUuid: string): ActiveRule[] {
    return [...this.#broad.values(), ...(this.#byVm.get(vmUuid)?.values() ?? [])];
  }

  #forget(uuid: string, rule: ActiveRule): void {
    this.#all.delete(uuid);
    this.#broad.delete(uuid);
    for (const vm of vmsNamedBy(rule) ?? []) {
      const own = this.#byVm.get(vm);
      own?.delete(uuid);
      if (own?.size === 0) this.#byVm.delete(vm);
    }
  }
}

/** The VMs that a rule may be about; null when it names them by something else than their uuids. Pure. */
export function vmsNamedBy({ content }: Pick<ActiveRule, 'content'>): Set<string> | null {
  const sides = [content.from, content.to];
  if (sides.some(isBroad)) return null;
  return new Set(sides.flatMap(({ vms }) => vms));
}

function isBroad({ allVms, tags }: RuleTargets): boolean {
  return allVms || tags.length > 0;
}
