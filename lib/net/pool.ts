// Keeps a few namespaces of one kind ready, made one after the other in the background.
import type Logger from 'bunyan';
import type { Namespace } from './namespace.ts';

/**
 * Refilling costs two short processes. It starts a moment after a claim, so that on a small machine it does not compete with
 * the start of the very container that took one.
 */
const REFILL_DELAY_MS = 100;
/** After a failure. */
const RETRY_DELAY_MS = 5_000;

export class Pool {
  readonly #make: () => Promise<Namespace>;
  readonly #onDead: (id: string) => void;
  readonly #size: number;
  readonly #log: Logger;
  readonly #ready: Namespace[] = [];
  #timer: NodeJS.Timeout | null = null;
  #filling: Promise<void> | null = null;
  #closed = false;

  constructor(make: () => Promise<Namespace>, size: number, log: Logger, onDead: (id: string) => void) {
    this.#make = make;
    this.#onDead = onDead;
    this.#size = size;
    this.#log = log;
  }

  /** A ready one or null; never waits. */
  take(): Namespace | null {
    let found = this.#ready.shift() ?? null;
    while (found !== null && !found.isReady()) {
      this.#onDead(found.id);
      found = this.#ready.shift() ?? null;
    }
    this.fill(REFILL_DELAY_MS);
    return found;
  }

  fill(delayMs: number): void {
    if (this.#closed || this.#timer || this.#filling || this.#ready.length >= this.#size) return;
    this.#timer = setTimeout(() => {
      this.#timer = null;
      this.#filling = this.#fillUp().finally(() => {
        this.#filling = null;
      });
    }, delayMs);
    // A pool that is not full must not keep the program alive.
    this.#timer.unref();
  }

  ids(): string[] {
    return this.#ready.map(({ id }) => id);
  }

  /** Stops making more and answers the ids of those that nobody took. */
  async close(): Promise<string[]> {
    this.#closed = true;
    if (this.#timer) clearTimeout(this.#timer);
    await this.#filling;
    for (const namespace of this.#ready) namespace.abandon();
    return this.ids();
  }

  async #fillUp(): Promise<void> {
    while (!this.#closed && this.#ready.length < this.#size) {
      try {
        this.#ready.push(await this.#make());
      } catch (err) {
        this.#log.warn({ err }, 'cannot make a network namespace ahead; trying again later');
        // After this promise has settled, or `fill` would think that we are still at it.
        setTimeout(() => this.fill(0), RETRY_DELAY_MS).unref();
        return;
      }
    }
  }
}
