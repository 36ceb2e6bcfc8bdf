// The stops and restarts under way: each waits for the change of its VM after which Docker tells it.
import type { EventHub } from './hub.ts';
import type { Pending, Step } from './story.ts';

type Operation = Parameters<EventHub['operation']>[1];

interface Entry {
  /** Its `stop` event is still to be told. */
  stop: boolean;
  /** Its `restart` event is still to be told. */
  restart: boolean;
  timer: NodeJS.Timeout | null;
}

/** A real VMAPI's changefeed tells up to two seconds after the job's end. ms */
const LINGER = 5000;

export class PendingOperations {
  readonly #of = new Map<string, Set<Entry>>();

  /** See EventHub.operation. */
  begin(vmUuid: string, op: Operation): () => void {
    const restart = op.kind === 'restart';
    const entry: Entry = { stop: restart || op.kind === 'stop', restart, timer: null };
    // kill and remove have no event of their own after the exit.
    if (!entry.stop) return () => undefined;
    const entries = this.#of.get(vmUuid) ?? new Set();
    this.#of.set(vmUuid, entries.add(entry));
    return () => {
      if (entry.timer === null && entries.has(entry)) {
        entry.timer = setTimeout(() => this.#drop(vmUuid, entry), LINGER).unref();
      }
    };
  }

  pending(vmUuid: string): Pending {
    const entries = [...(this.#of.get(vmUuid) ?? [])];
    return {
      stops: entries.filter((entry) => entry.stop).length,
      restarts: entries.filter((entry) => entry.restart).length,
    };
  }

  /** Takes note of what was told; after a failed start no restart is waited for. */
  told(vmUuid: string, steps: readonly Step[], startFailed: boolean): void {
    const entries = this.#of.get(vmUuid);
    if (entries === undefined) return;
    const actions = steps.flatMap((step) => step.events.map((event) => event.action));
    for (const entry of [...entries]) {
      // Once a restart has booted, or failed to, it has no stop to tell any more: what it restarted did not run.
      const over = entry.restart && (actions.includes('restart') || startFailed);
      if (over || actions.includes('stop')) entry.stop = false;
      if (over) entry.restart = false;
      if (!entry.stop && !entry.restart) this.#drop(vmUuid, entry);
    }
  }

  close(): void {
    for (const [vmUuid, entries] of this.#of) for (const entry of [...entries]) this.#drop(vmUuid, entry);
  }

  #drop(vmUuid: string, entry: Entry): void {
    if (entry.timer !== null) clearTimeout(entry.timer);
    const entries = this.#of.get(vmUuid);
    entries?.delete(entry);
    if (entries?.size === 0) this.#of.delete(vmUuid);
  }
}
