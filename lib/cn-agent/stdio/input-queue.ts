// Keeps what a client sends in order while its target is slow or not there yet, and stops reading the client meanwhile.
import type { Wire } from './wire.ts';

/** One chain of steps; the client is read again only when the chain is empty, so at most one socket read is held. */
export class InputQueue {
  readonly #wire: Wire;
  #chain: Promise<void> = Promise.resolve();
  #pending = 0;

  constructor(wire: Wire) {
    this.#wire = wire;
  }

  /** Runs `step` after the earlier ones; a failing step does not stop later ones. */
  push(step: () => Promise<unknown>): void {
    this.#pending += 1;
    if (this.#pending === 1) this.#wire.pauseInput();
    this.#chain = this.#chain
      .then(step)
      .catch(() => undefined)
      .then(() => {
        this.#pending -= 1;
        if (this.#pending === 0) this.#wire.resumeInput();
      });
  }
}
