// Those who listen to something by its key (a VM, an account).
import type Logger from 'bunyan';

type Listener<T> = (value: T) => void;

export class Listeners<T> {
  readonly #log: Logger;
  readonly #of = new Map<string, Set<Listener<T>>>();

  constructor(log: Logger) {
    this.#log = log;
  }

  /** Returns the function that ends it. */
  add(key: string, listener: Listener<T>): () => void {
    const listeners = this.#of.get(key) ?? new Set();
    this.#of.set(key, listeners.add(listener));
    return () => {
      listeners.delete(listener);
      if (listeners.size === 0 && this.#of.get(key) === listeners) this.#of.delete(key);
    };
  }

  /** One that throws does not keep it from the others. */
  tell(key: string, value: T): void {
    for (const listener of [...(this.#of.get(key) ?? [])]) {
      try {
        listener(value);
      } catch (err) {
        this.#log.error({ err, key }, 'a listener threw');
      }
    }
  }
}
