// Builds the steps from one known state of a VM to the next: what listeners are told, and Docker's events in dockerd's order.
import { MD } from '#lib/docker-vm/metadata.ts';
import { listOf } from '#lib/docker-vm/volumes.ts';
import type { Vm } from '#lib/wire/types.ts';
import type { VmTransition } from './hub.ts';
import type { Seen } from './seen.ts';

export interface VmEvent {
  type: 'container' | 'network' | 'volume';
  action: string;
  id: string;
  attributes: Record<string, string>;
}

/** A transition for the listeners and, after it, the events that it means. */
export interface Step {
  kind: VmTransition['kind'];
  vm: Vm;
  events: VmEvent[];
}

/** How many stops and restarts of this daemon wait to be told when the VM has stopped or runs again. */
export interface Pending {
  stops: number;
  restarts: number;
}

/** An exit whose status nobody has: dockerd says 255 too. */
export const LOST_EXIT = 255;
/** A VM that vanished while it ran was killed. */
export const KILLED_EXIT = 137;

/** One run of a container, as far as it is known. */
export interface EndedRun {
  code: number;
  started: string;
  exited: string;
  oom: boolean;
}

export class Story {
  readonly steps: Step[] = [];
  readonly #seen: Seen;
  #pending: Pending;

  constructor(seen: Seen, pending: Pending) {
    this.#seen = seen;
    this.#pending = pending;
  }

  created(vm: Vm): void {
    this.#step('created', vm, [...together(vm, MD.volumesMade, 'create'), this.#event('create')]);
  }

  booted(vm: Vm, paused: boolean): void {
    const events = [...this.#network('connect'), ...this.#mounts(), this.#event('start')];
    for (let i = 0; i < this.#pending.restarts; i++) events.push(this.#event('restart'));
    if (paused) events.push(this.#event('pause'));
    this.#pending = { ...this.#pending, restarts: 0 };
    this.#step('boot', vm, events);
  }

  exited(vm: Vm, run: EndedRun): void {
    const die = this.#event('die', {
      exitCode: String(run.code),
      execDuration: String(secondsBetween(run.started, run.exited)),
    });
    const oom = run.oom ? [this.#event('oom')] : [];
    this.#step('exit', vm, [
      ...oom,
      ...this.#network('disconnect'),
      ...this.#unmounts(),
      die,
      ...this.#stops(),
    ]);
  }

  destroyed(vm: Vm): void {
    this.#step('destroyed', vm, [...together(vm, MD.volumesRemoved, 'destroy'), this.#event('destroy')]);
  }

  renamed(vm: Vm, oldName: string): void {
    this.#step('other', vm, [this.#event('rename', { oldName: `/${oldName}` })]);
  }

  /** A change with at most one event that needs no more than its name. */
  other(vm: Vm, action?: 'oom' | 'pause' | 'unpause'): void {
    this.#step('other', vm, action === undefined ? [] : [this.#event(action)]);
  }

  /** Its networks changed while it ran. */
  moved(vm: Vm, left: Seen['nets'], joined: Seen['nets']): void {
    const events = [...this.#network('disconnect', left), ...this.#network('connect', joined)];
    if (events.length > 0) this.#step('other', vm, events);
  }

  /** A stop during the back-off of a restart: nothing dies, but it has stopped. */
  restartCancelled(vm: Vm): void {
    this.#step('other', vm, this.#stops());
  }

  #stops(): VmEvent[] {
    const { stops } = this.#pending;
    this.#pending = { ...this.#pending, stops: 0 };
    return Array.from({ length: stops }, () => this.#event('stop'));
  }

  #step(kind: Step['kind'], vm: Vm, events: VmEvent[]): void {
    this.steps.push({ kind, vm, events });
  }

  #event(action: string, more: Record<string, string> = {}): VmEvent {
    const { id, attributes } = this.#seen;
    return { type: 'container', action, id, attributes: { ...attributes, ...more } };
  }

  #mounts(): VmEvent[] {
    const { volumes = [], id: container } = this.#seen;
    return volumes.map(({ name, driver, destination, rw }) => {
      const attributes = { container, destination, driver, propagation: '', 'read/write': String(rw) };
      return { type: 'volume', action: 'mount', id: name, attributes };
    });
  }

  #unmounts(): VmEvent[] {
    const { volumes = [], id: container } = this.#seen;
    return volumes.map(({ name, driver }) => {
      return { type: 'volume', action: 'unmount', id: name, attributes: { container, driver } };
    });
  }

  /** All networks, or those given. */
  #network(action: 'connect' | 'disconnect', nets: Seen['nets'] = this.#seen.nets): VmEvent[] {
    const container = this.#seen.id;
    return nets.map(([id, name]) => ({
      type: 'network',
      action,
      id,
      attributes: { container, name, type: { none: 'null', host: 'host' }[name] ?? 'bridge' },
    }));
  }
}

/** Volumes that came or went together with the VM, as VMAPI tells. */
function together(vm: Vm, key: string, action: 'create' | 'destroy'): VmEvent[] {
  return listOf<{ name: string; type: string }>(vm.internal_metadata[key]).map(({ name, type }) => {
    return { type: 'volume', action, id: name, attributes: { driver: type } };
  });
}

function secondsBetween(from: string, to: string): number {
  const ms = Date.parse(to) - Date.parse(from);
  return ms > 0 ? Math.floor(ms / 1000) : 0;
}
