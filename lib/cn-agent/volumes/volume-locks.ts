// One queue per volume: two containers that are made or started at once may share it.
import { VmLock } from '../vm-lock.ts';

export class VolumeLocks {
  readonly #queues = new Map<string, { lock: VmLock; waiting: number }>();

  /** Runs `fn` when everything asked for before of this volume has ended. Not re-entrant. */
  async run<T>(uuid: string, fn: () => Promise<T>): Promise<T> {
    const queue = this.#queues.get(uuid) ?? { lock: new VmLock(), waiting: 0 };
    this.#queues.set(uuid, queue);
    queue.waiting++;
    try {
      return await queue.lock.run(fn);
    } finally {
      if (--queue.waiting === 0) this.#queues.delete(uuid);
    }
  }
}
