// Which VMs the two sides of a rule mean. Pure.
import type { Scalar } from '#lib/wire/types.ts';
import type { FwRule, RuleContent, RuleTargets } from './rule.ts';

/** What a rule can know a VM by. */
export interface FirewalledVm {
  uuid: string;
  owner_uuid: string | null;
  tags: Record<string, Scalar>;
}

/** Rules are about their owner's VMs, a global one about all. */
export function concerns(rule: Pick<FwRule, 'owner_uuid'>, vm: FirewalledVm): boolean {
  return rule.owner_uuid === undefined || rule.owner_uuid === vm.owner_uuid;
}

/** True when this side names the VM itself; `any` names nobody. */
export function names(targets: RuleTargets, vm: FirewalledVm): boolean {
  return (
    targets.allVms ||
    targets.vms.includes(vm.uuid) ||
    targets.tags.some(
      ({ name, value }) =>
        Object.hasOwn(vm.tags, name) && (value === null || String(vm.tags[name]) === value),
    )
  );
}

/** True when a rule is applied to a VM, by either of its sides. */
export function appliesTo(rule: Pick<FwRule, 'owner_uuid'>, content: RuleContent, vm: FirewalledVm): boolean {
  return concerns(rule, vm) && (names(content.from, vm) || names(content.to, vm));
}
