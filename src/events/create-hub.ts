// The event hub: the changefeed on one side, handlers, waiters and GET /events on the other.
import type Logger from 'bunyan';
import { idToUuid, isDockerId } from '#lib/docker-vm/ids.ts';
import type { Store } from '#lib/store/types.ts';
import type { VmapiClient, VmChangefeed } from '#lib/triton/types.ts';
import type { Vm } from '#lib/wire/types.ts';
import { catchUp } from './catch-up.ts';
import { EventLog, type NewEvent } from './event-log.ts';
import { CREATED, GONE, HeldEvents } from './held-events.ts';
import type { EventHub } from './hub.ts';
import { EVERY, runOf, VmTracker } from './vm-tracker.ts';

export interface HubParts {
  store: Store;
  vmapi: VmapiClient;
  changefeed: VmChangefeed;
  log: Logger;
}

/** Between two tries to catch up. ms */
const RETRY = 1000;

/**
 * Listens to the changefeed from now on. `ready` resolves when the changefeed was first connected and everything missed before has
 * been told; it never rejects. close() before the store is closed.
 */
export function createEventHub(parts: HubParts): EventHub & { close(): void; ready: Promise<void> } {
  const hub = new Hub(parts);
  return {
    emit: (account, type, action, id, attributes, vm) =>
      hub.emit({ account, Type: type, Action: action, Actor: { ID: id, Attributes: attributes } }, vm),
    listen: (account, onEvent) => hub.events.listen(account, onEvent),
    replay: (account, since, until) => hub.events.replay(account, since, until),
    onVm: (vmUuid, listener) => hub.tracker.listen(vmUuid, listener),
    onEveryVm: (listener) => hub.tracker.listen(EVERY, listener),
    isGone: (vmUuid) => hub.tracker.memory.isBuried(vmUuid),
    operation: (vmUuid, op) => hub.tracker.operations.begin(vmUuid, op),
    close: () => hub.close(),
    ready: hub.ready,
  };
}

class Hub {
  readonly events: EventLog;
  readonly tracker: VmTracker;
  readonly ready: Promise<void>;
  readonly #held = new HeldEvents();
  readonly #vmapi: VmapiClient;
  readonly #log: Logger;
  readonly #setReady: () => void;
  /** Who the changefeed told of since the present catching-up began; null when none is under way. */
  #news: Set<string> | null = null;
  #again = false;
  #closed = false;

  constructor({ store, vmapi, changefeed, log }: HubParts) {
    this.#vmapi = vmapi;
    this.#log = log;
    this.events = new EventLog(store, log);
    this.tracker = new VmTracker(store, this.events, log, (vmUuid) => this.#held.release(vmUuid, CREATED));
    const { promise, resolve } = Promise.withResolvers<void>();
    this.ready = promise;
    this.#setReady = resolve;
    changefeed.subscribe((item) => {
      if (this.#closed) return;
      if (item.kind === 'bootstrap') {
        this.tracker.connected();
        void this.#catchUp();
        return;
      }
      const vm = item.item.resourceObject;
      this.#news?.add(vm.uuid);
      this.tracker.see(vm);
      this.#held.release(vm.uuid, this.tracker.toldOf(vm.uuid));
    });
  }

  emit(event: NewEvent, vm?: Vm): void {
    const { ID } = event.Actor;
    const vmUuid = event.Type === 'container' && isDockerId(ID) && !this.#closed ? idToUuid(ID) : null;
    const run = vm === undefined ? CREATED : runOf(vm);
    if (vmUuid === null || run <= this.tracker.toldOf(vmUuid)) this.events.record(event);
    else this.#held.hold(vmUuid, { run, tell: () => this.events.record(event) });
  }

  close(): void {
    this.#held.releaseAll(() => GONE);
    this.#closed = true;
    this.tracker.operations.close();
  }

  /** One at a time; a connection made meanwhile asks for another round. */
  async #catchUp(): Promise<void> {
    if (this.#news !== null) {
      this.#again = true;
      return;
    }
    do {
      this.#again = false;
      this.#news = new Set();
      try {
        await catchUp(this.#vmapi, this.tracker, this.#news);
        if (!this.#again) this.tracker.caughtUp();
        this.#held.releaseAll((vmUuid) => this.tracker.toldOf(vmUuid));
        this.#setReady();
      } catch (err) {
        if (this.#closed) return;
        this.#log.warn({ err }, 'events missed so far could not be found out, trying again');
        this.#again = true;
        await new Promise((resolve) => setTimeout(resolve, RETRY).unref());
      }
    } while (this.#again && !this.#closed);
    this.#news = null;
  }
}
