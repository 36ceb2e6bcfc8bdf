// The daemon's event bus: handlers emit, GET /events and waiters listen; the last ones are kept in the store for replay.
import type { Vm } from '#lib/wire/types.ts';
import type { DockerEvent, EventType } from './types.ts';

/** A VM's passage from one state to the next, as the changefeed told it, in order. */
export interface VmTransition {
  vm: Vm;
  /**
   * boot: it runs (again); exit: it stopped (exit_status known); destroyed: it is gone; other: something else changed
   * (alias, metadata). `prev` is what this daemon knew before, null when new.
   */
  kind: 'created' | 'boot' | 'exit' | 'destroyed' | 'other';
  prev: Vm | null;
}

export interface EventHub {
  /** Records and publishes a Docker event, now or, if it is of a container, behind its creation and the start of the run that `vm` is in. */
  emit(
    account: string,
    type: EventType,
    action: string,
    id: string,
    attributes: Record<string, string>,
    vm?: Vm,
  ): void;
  /** Live Docker events of an account. Returns the unsubscribe function. */
  listen(account: string, onEvent: (event: DockerEvent) => void): () => void;
  /** Kept events of an account, oldest first, with timeNano in [since, until]. */
  replay(account: string, since: bigint | null, until: bigint | null): DockerEvent[];
  /**
   * Live VM transitions of one VM (from the changefeed). The listener runs before the Docker events made from the same transition
   * are sent. Returns the unsubscribe function.
   */
  onVm(vmUuid: string, listener: (transition: VmTransition) => void): () => void;
  /** The same of every VM of every account; each that exists is told once after the daemon's start. */
  onEveryVm(listener: (transition: VmTransition) => void): () => void;
  /** True for a VM whose end was told lately: a look-up that began before may still have found it. */
  isGone(vmUuid: string): boolean;
  /**
   * Marks that this daemon is doing something whose events come in Docker's order around the exit
   * (`stop`: kill → die → stop; `restart`: … start, restart). Call the returned function when the operation is over.
   */
  operation(
    vmUuid: string,
    op: { kind: 'stop' | 'restart' | 'kill' | 'remove'; attributes?: Record<string, string> },
  ): () => void;
}
