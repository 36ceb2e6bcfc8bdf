// Turns what the changefeed and the listings say of a VM into transitions for the listeners and Docker events for the log.
import type Logger from 'bunyan';
import type { Store } from '#lib/store/types.ts';
import type { Vm } from '#lib/wire/types.ts';
import { startedAt } from '#src/vm/state.ts';
import { decide } from './decide.ts';
import type { EventLog } from './event-log.ts';
import { CREATED, GONE, NOTHING } from './held-events.ts';
import type { VmTransition } from './hub.ts';
import { Listeners } from './listeners.ts';
import { PendingOperations } from './pending-operations.ts';
import type { Step } from './story.ts';
import { VmMemory } from './vm-memory.ts';

/** Stands for every VM where one listens. */
export const EVERY = '*';

export class VmTracker {
  readonly operations = new PendingOperations();
  readonly memory: VmMemory;
  readonly #events: EventLog;
  readonly #listeners: Listeners<VmTransition>;
  readonly #onCreated: (vmUuid: string) => void;
  /** Since when (ms, by VMAPI's clock) something may have been missed; not at all when everything has been caught up with. */
  #missedSince = Number.POSITIVE_INFINITY;

  /** `onCreated` is called when a creation has been told, before what came after it is. */
  constructor(store: Store, events: EventLog, log: Logger, onCreated: (vmUuid: string) => void) {
    this.#onCreated = onCreated;
    this.memory = new VmMemory(store);
    this.#events = events;
    this.#listeners = new Listeners(log);
  }

  /** See EventHub.onVm. */
  listen(vmUuid: string, listener: (transition: VmTransition) => void): () => void {
    return this.#listeners.add(vmUuid, listener);
  }

  /** The changefeed is connected (again): what happened since the last news may have been missed. */
  connected(): void {
    this.#missedSince = Math.min(this.#missedSince, Date.parse(this.memory.watermark));
  }

  /** Everything that was missed has been told. */
  caughtUp(): void {
    this.#missedSince = Number.POSITIVE_INFINITY;
  }

  /** ms */
  get missedSince(): number {
    return this.#missedSince;
  }

  /** True for a VM that is gone and that nobody ever told of: made and destroyed while nobody listened. */
  isMissed(vm: Vm): boolean {
    if (vm.state !== 'destroyed' || this.memory.isBuried(vm.uuid)) return false;
    if (this.memory.get(vm.uuid) !== undefined) return false;
    return this.#isNew(vm) && Date.parse(vm.destroyed ?? '') > this.#missedSince;
  }

  #isNew(vm: Vm): boolean {
    return Date.parse(vm.create_timestamp) >= this.memory.since;
  }

  /** How much of a container has been told, or need not be; see HeldEvents. */
  toldOf(vmUuid: string): number {
    const seen = this.memory.get(vmUuid)?.seen;
    if (seen === undefined) return this.memory.isBuried(vmUuid) ? GONE : NOTHING;
    return seen.phase === 'pre' ? NOTHING : timeOf(seen.started);
  }

  /** Tells whatever is new in `vm`. Everything has been told when it returns. */
  see(vm: Vm): void {
    const { uuid } = vm;
    const known = this.memory.get(uuid);
    if (known === undefined && (vm.docker !== true || this.memory.isBuried(uuid))) return;
    if (known?.vm && isOlder(vm, known.vm)) return;
    const missed = this.isMissed(vm);
    this.memory.note(vm.last_modified);
    const verdict = decide(known?.seen ?? null, vm, {
      fresh: this.#isNew(vm),
      missed,
      pending: this.operations.pending(uuid),
    });
    if (verdict.steps.length === 0) return;
    if (verdict.seen === null) this.memory.forget(uuid);
    else this.memory.set(uuid, verdict.seen, vm);
    this.operations.told(uuid, verdict.steps, verdict.startFailed);
    this.#tell(uuid, verdict.steps, {
      owner: verdict.seen?.owner ?? known?.seen.owner ?? vm.owner_uuid ?? '',
      before: known?.vm ?? null,
    });
    // Last: killed in between, the daemon tells an event twice rather than never.
    this.memory.save(uuid);
  }

  #tell(uuid: string, steps: Step[], { owner, before }: { owner: string; before: Vm | null }): void {
    let prev = before;
    for (const { kind, vm, events } of steps) {
      const transition = { vm, kind, prev };
      this.#listeners.tell(uuid, transition);
      this.#listeners.tell(EVERY, transition);
      for (const { type, action, id, attributes } of events) {
        const Actor = { ID: id, Attributes: attributes };
        if (owner !== '') this.#events.record({ account: owner, Type: type, Action: action, Actor });
      }
      if (kind === 'created') this.#onCreated(uuid);
      prev = vm;
    }
  }
}

/** When the run began that this VM was seen in (ms); CREATED when it was in none. Pure. */
export function runOf(vm: Vm): number {
  return timeOf(startedAt(vm));
}

function timeOf(started = ''): number {
  return started === '' ? CREATED : Date.parse(started);
}

/** A listing can be ahead of the changefeed. The end of a VM is never old news. */
function isOlder(vm: Vm, than: Vm): boolean {
  if (vm.state === 'destroyed' || vm.state === 'failed') return false;
  return Date.parse(vm.last_modified) < Date.parse(than.last_modified);
}
