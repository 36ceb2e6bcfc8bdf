// Probes every running container of every account that has a health check: one timer each, started and stopped by the changefeed.
//
//   (boot, or running when this daemon came up) ──► waiting ──timer──► probing ──result recorded──► waiting
//                                                     └── paused, exit, destroyed: stopped ──┘
import type Logger from 'bunyan';
import type { HealthRecord, HealthResult, Store } from '#lib/store/types.ts';
import type { Vm } from '#lib/wire/types.ts';
import type { App } from '#src/context.ts';
import type { VmTransition } from '#src/events/hub.ts';
import { containerAttributes } from '#src/vm/event-attributes.ts';
import { dockerIdOf } from '#src/vm/metadata.ts';
import { startedAt, statusOf } from '#src/vm/state.ts';
import { checkOf, type HealthCheck } from './check.ts';
import { LaunchGate } from './launch-gate.ts';
import { runProbe } from './probe.ts';
import { begun, delayToNext, probed, suspended } from './progress.ts';
import { type Health, type KnownHealth, toHealth } from './view.ts';

/** Probes that may start at a time on one compute node. */
const LAUNCHES = 4;
const TIMER_MAX = 2 ** 31 - 1;

/** The health of containers, for inspect and list. */
export interface HealthMonitor {
  /** With its log; null for a container that has no health. */
  of(vm: Vm): Health | null;
  /** Without its log. */
  summary(vm: Vm): Omit<Health, 'Log'> | null;
  close(): void;
}

export interface HealthParts {
  app: Pick<App, 'triton' | 'events'>;
  store: Store['health'];
  log: Logger;
}

/** One container that runs and is watched. */
interface Watch {
  vm: Vm;
  check: HealthCheck;
  stop: AbortController;
  timer: NodeJS.Timeout | null;
}

/** Listens from now on: call it before the changefeed connects. */
export function startHealthMonitor(parts: HealthParts): HealthMonitor {
  const monitor = new Monitor(parts);
  const stopListening = parts.app.events.onEveryVm((transition) => monitor.see(transition));
  return {
    of: (vm) => toHealth(vm, monitor.record(vm.uuid)),
    summary: (vm) => toHealth(vm, monitor.known(vm.uuid)),
    close: () => {
      stopListening();
      monitor.close();
    },
  };
}

class Monitor {
  readonly #parts: HealthParts;
  readonly #gate = new LaunchGate(LAUNCHES);
  readonly #watches = new Map<string, Watch>();
  /** All but the logs. */
  readonly #known = new Map<string, KnownHealth>();

  constructor(parts: HealthParts) {
    this.#parts = parts;
    for (const record of parts.store.all()) this.#known.set(record.vm_uuid, withoutLog(record));
  }

  known(vmUuid: string): KnownHealth | null {
    return this.#known.get(vmUuid) ?? null;
  }

  record(vmUuid: string): HealthRecord | null {
    return this.#known.has(vmUuid) ? this.#parts.store.get(vmUuid) : null;
  }

  see({ vm, kind, prev }: VmTransition): void {
    if (kind === 'destroyed') {
      this.#unwatch(vm.uuid);
      if (this.#known.delete(vm.uuid)) this.#parts.store.delete(vm.uuid);
      return;
    }
    const check = checkOf(vm);
    if (check === null) return;
    if (statusOf(vm) !== 'running') this.#suspend(vm);
    else this.#watch(vm, check, prev === null);
  }

  close(): void {
    for (const uuid of [...this.#watches.keys()]) this.#unwatch(uuid);
  }

  /** `isFirst`: this daemon, in its present life, has not heard of the container before. */
  #watch(vm: Vm, check: HealthCheck, isFirst: boolean): void {
    const run = startedAt(vm) ?? '';
    const known = this.known(vm.uuid);
    const present = this.#watches.get(vm.uuid);
    if (present && known?.run === run) {
      present.vm = vm;
      return;
    }
    this.#unwatch(vm.uuid);
    const watch: Watch = { vm, check, stop: new AbortController(), timer: null };
    this.#watches.set(vm.uuid, watch);
    const record = this.record(vm.uuid);
    if (known?.run !== run) this.#save(begun(vm.uuid, run, record));
    // Resumed from a pause, a whole interval begins; what was due while this daemon was down is done at once.
    this.#schedule(watch, known?.run === run && !isFirst ? Date.now() : lastSign(record, run));
  }

  #suspend(vm: Vm): void {
    this.#unwatch(vm.uuid);
    if ((this.known(vm.uuid)?.status ?? 'unhealthy') === 'unhealthy') return;
    const record = this.record(vm.uuid);
    if (record !== null) this.#save(suspended(record));
  }

  #unwatch(vmUuid: string): void {
    const watch = this.#watches.get(vmUuid);
    if (watch === undefined) return;
    this.#watches.delete(vmUuid);
    watch.stop.abort();
    if (watch.timer) clearTimeout(watch.timer);
  }

  #schedule(watch: Watch, since: number): void {
    const known = this.known(watch.vm.uuid);
    if (known === null || watch.stop.signal.aborted) return;
    const delay = delayToNext(known, watch.check, { since, now: Date.now() });
    watch.timer = setTimeout(() => void this.#probe(watch), Math.min(delay, TIMER_MAX));
  }

  async #probe(watch: Watch): Promise<void> {
    const { app, log } = this.#parts;
    const { stop, check } = watch;
    watch.timer = null;
    try {
      const emit = (vm: Vm, action: string, more: Record<string, string>): void =>
        this.#emit(vm, action, more);
      const result = await runProbe({ app, log, gate: this.#gate, emit }, watch.vm, check, stop.signal);
      if (result !== null && !stop.signal.aborted) this.#take(watch, result);
    } catch (err) {
      log.error({ err, vm: watch.vm.uuid }, 'a health probe failed');
    }
    this.#schedule(watch, Date.now());
  }

  #take({ vm, check }: Watch, result: HealthResult): void {
    const before = this.record(vm.uuid);
    if (before === null) return;
    const after = probed(before, result, check);
    this.#save(after);
    if (after.status !== before.status) this.#emit(vm, `health_status: ${after.status}`);
  }

  #save(record: HealthRecord): void {
    this.#parts.store.put(record);
    this.#known.set(record.vm_uuid, withoutLog(record));
  }

  #emit(vm: Vm, action: string, more: Record<string, string> = {}): void {
    if (vm.owner_uuid === null) return;
    const attributes = { ...containerAttributes(vm), ...more };
    this.#parts.app.events.emit(vm.owner_uuid, 'container', action, dockerIdOf(vm), attributes);
  }
}

/** When the last probe ended or the run began, whichever was later; never in the future, whatever the compute node's clock says. */
function lastSign(record: HealthRecord | null, run: string): number {
  const times = [record?.log.at(-1)?.End ?? '', run].map((iso) => Date.parse(iso) || 0);
  return Math.min(Math.max(...times), Date.now());
}

function withoutLog({ log: _log, ...rest }: HealthRecord): KnownHealth {
  return rest;
}
