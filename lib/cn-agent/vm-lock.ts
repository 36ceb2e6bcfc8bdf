// One queue per VM: what changes a VM runs one at a time, in the order it was asked for.

/** A fair mutual exclusion for async functions. Not re-entrant: never call `run` from inside `run`. */
export class VmLock {
  #tail: Promise<unknown> = Promise.resolve();

  /** Runs `fn` when everything asked for before has ended; its failure does not stop the queue. */
  run<T>(fn: () => Promise<T>): Promise<T> {
    const turn = this.#tail.then(fn, fn);
    this.#tail = turn.catch(() => undefined);
    return turn;
  }

  /** Resolves when the queue, as it is now, has run empty. */
  async idle(): Promise<void> {
    await this.#tail;
  }
}
