// Takes the firewall rules of published ports away when their containers are gone, whoever removed them, also while this daemon was down.
import type Logger from 'bunyan';
import type { FwRule } from '#lib/fw-rules/rule.ts';
import type { Triton } from '#lib/triton/types.ts';
import { hasRestCode } from '#lib/wire/errors.ts';
import type { Vm } from '#lib/wire/types.ts';
import type { EventHub } from '#src/events/hub.ts';
import { hostConfigOf } from '#src/vm/metadata.ts';
import { vmOfPortRule } from './port-rule.ts';

/** A rule is written just before its container: one this young may have a container any moment. ms */
const YOUNG_MS = 60_000;
/** A second look for what was young at the first. ms */
const AGAIN_MS = 120_000;

export interface KeeperParts {
  triton: Pick<Triton, 'fwapi' | 'vmapi' | 'changefeed'>;
  events: Pick<EventHub, 'onEveryVm'>;
  log: Logger;
}

export class PortRulesKeeper {
  readonly #triton: KeeperParts['triton'];
  readonly #log: Logger;
  /** VMs that are being made by this daemon. */
  readonly #making = new Set<string>();
  #again: NodeJS.Timeout | null = null;

  /** Listens from now on. Make it before the changefeed connects. */
  constructor({ triton, events, log }: KeeperParts) {
    this.#triton = triton;
    this.#log = log;
    events.onEveryVm(({ vm, kind }) => {
      if (kind === 'destroyed' && hasPorts(vm)) this.#forget(vm).catch((err: unknown) => this.#failed(err));
    });
    triton.changefeed.subscribe(({ kind }) => {
      if (kind === 'bootstrap') void this.#sweep();
    });
  }

  begin(vmUuid: string): void {
    this.#making.add(vmUuid);
  }

  end(vmUuid: string): void {
    this.#making.delete(vmUuid);
  }

  close(): void {
    if (this.#again) clearTimeout(this.#again);
  }

  async #forget(vm: Vm): Promise<void> {
    const { fwapi } = this.#triton;
    const call = { reqId: `port-rules-${vm.uuid}` };
    const query = { vm: vm.uuid, ...(vm.owner_uuid === null ? {} : { owner_uuid: vm.owner_uuid }) };
    for (const rule of await fwapi.listRules(query, call)) {
      if (vmOfPortRule(rule) === vm.uuid) await this.#delete(rule);
    }
  }

  async #sweep(): Promise<void> {
    try {
      const { fwapi } = this.#triton;
      let young = false;
      for (const rule of await fwapi.listRules({}, { reqId: 'port-rules-sweep' })) {
        const uuid = vmOfPortRule(rule);
        if (uuid === null || this.#making.has(uuid)) continue;
        const state = await this.#stateOf(uuid, rule);
        if (state === 'gone') await this.#delete(rule);
        else if (state === 'unknown') young = true;
      }
      if (young && this.#again === null) {
        this.#again = setTimeout(() => {
          this.#again = null;
          void this.#sweep();
        }, AGAIN_MS).unref();
      }
    } catch (err) {
      this.#failed(err);
    }
  }

  async #stateOf(vmUuid: string, rule: FwRule): Promise<'there' | 'gone' | 'unknown'> {
    try {
      const owner = rule.owner_uuid ?? '';
      const vm = await this.#triton.vmapi.getVm(vmUuid, { owner_uuid: owner }, { reqId: 'port-rules-sweep' });
      return vm.state === 'destroyed' || vm.state === 'failed' ? 'gone' : 'there';
    } catch (err) {
      if (!hasRestCode(err, 'ResourceNotFound')) throw err;
      // A rule's version begins with the time at which it was written.
      return Date.now() - Number.parseFloat(rule.version) > YOUNG_MS ? 'gone' : 'unknown';
    }
  }

  async #delete({ uuid, owner_uuid }: FwRule): Promise<void> {
    const query = owner_uuid === undefined ? {} : { owner_uuid };
    try {
      await this.#triton.fwapi.deleteRule(uuid, query, { reqId: `port-rules-${uuid}` });
    } catch (err) {
      if (!hasRestCode(err, 'ResourceNotFound')) throw err;
    }
  }

  #failed(err: unknown): void {
    this.#log.warn({ err }, 'firewall rules of containers that are gone could not be removed');
  }
}

/** Whether rules may have been written for it. */
function hasPorts(vm: Vm): boolean {
  const { PortBindings, PublishAllPorts } = hostConfigOf(vm);
  return PublishAllPorts === true || Object.keys(PortBindings ?? {}).length > 0;
}
