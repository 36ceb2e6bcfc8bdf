// The compute node's firewall: knows every rule and every VM that runs, and keeps the packet filter true to both.
import type Logger from 'bunyan';
import type { FwRule } from '#lib/fw-rules/rule.ts';
import { appliesTo } from '#lib/fw-rules/targets.ts';
import type { PacketFilter } from '#lib/net/firewall/types.ts';
import type { Vm } from '#lib/wire/types.ts';
import { guestOf } from './compile.ts';
import { RuleIndex, vmsNamedBy } from './rule-index.ts';

export class Firewall {
  readonly #filter: PacketFilter;
  readonly #log: Logger;
  readonly #rules: RuleIndex;
  readonly #vms = new Map<string, Vm>();

  constructor(filter: PacketFilter, rules: FwRule[], log: Logger) {
    this.#filter = filter;
    this.#log = log;
    this.#rules = new RuleIndex(rules);
  }

  /** Before a VM runs, and when its record has changed while it does. */
  async open(vm: Vm): Promise<void> {
    this.#vms.set(vm.uuid, vm);
    await this.#filter.set(vm.uuid, guestOf(vm, this.#rules.near(vm.uuid)));
  }

  /** Never throws: what could not be taken away is gone with the next change. */
  async close(vmUuid: string): Promise<void> {
    if (!this.#vms.delete(vmUuid)) return;
    await this.#filter.remove(vmUuid).catch((err: unknown) => {
      this.#log.error({ err, vm: vmUuid }, 'the firewall of a VM could not be taken away');
    });
  }

  isOpen(vmUuid: string): boolean {
    return this.#vms.has(vmUuid);
  }

  /** Once, before anything starts. */
  async recover(running: Vm[]): Promise<void> {
    for (const vm of running) this.#vms.set(vm.uuid, vm);
    await this.#filter.recover(
      new Map(running.map((vm) => [vm.uuid, guestOf(vm, this.#rules.near(vm.uuid))])),
    );
  }

  /** A rule is new, has changed, or (null) is gone. The VMs that it was or is about are filtered anew. Never throws. */
  async ruleChanged(uuid: string, rule: FwRule | null): Promise<void> {
    const { before, after } = this.#rules.put(uuid, rule);
    const both = [before, after].filter((each) => each !== undefined);
    const named = both.map(vmsNamedBy);
    const candidates = named.includes(null)
      ? [...this.#vms.values()]
      : [...new Set(named.flatMap((uuids) => [...uuids!]))].flatMap((vm) => this.#vms.get(vm) ?? []);
    const concerned = candidates.filter((vm) => both.some((each) => appliesTo(each.rule, each.content, vm)));
    for (const vm of concerned) {
      await this.open(vm).catch((err: unknown) => {
        this.#log.error({ err, vm: vm.uuid, rule: uuid }, 'a firewall rule could not be applied');
      });
    }
  }
}
