// Work that goes on after a task has answered: deletions and give-backs, which close() waits for.
import type Logger from 'bunyan';

/** Keeps hold of promises nobody awaits, and logs their failures. */
export class BackgroundWork {
  readonly #log: Logger;
  readonly #pending = new Set<Promise<void>>();

  constructor(log: Logger) {
    this.#log = log;
  }

  /** Starts `fn` now; a failure is logged as `what`. The promise never rejects. */
  start(what: string, fields: Record<string, unknown>, fn: () => Promise<unknown>): Promise<void> {
    const work = (async () => {
      try {
        await fn();
      } catch (err) {
        this.#log.error({ err, ...fields }, `${what} failed`);
      }
    })();
    this.#pending.add(work);
    void work.then(() => this.#pending.delete(work));
    return work;
  }

  /** Resolves when nothing is under way. */
  async drained(): Promise<void> {
    while (this.#pending.size > 0) await Promise.all(this.#pending);
  }
}
