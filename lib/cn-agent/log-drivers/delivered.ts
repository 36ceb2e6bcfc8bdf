// What a connection without receipts has certainly delivered: when it breaks, the last seconds are sent again.
import type { SenderPosition } from './sender-position.ts';

/** What is younger may still have been on its way (ms). */
const CERTAIN_MS = 5000;
/** After a receiver that did not read: what the kernels on both sides may have held back (bytes). */
const ON_THE_WAY = 8 * 1024 * 1024;
/** Least time between two marks (ms). */
const STEP_MS = 250;
/** Nothing is on its way for longer (ms). */
const FORGOTTEN_MS = 60_000;

interface Mark {
  time: number;
  bytes: number;
  at: SenderPosition;
}

export class Delivered {
  /** Oldest first. */
  #marks: Mark[];
  #bytes = 0;
  /** A write had to wait: the receiver does not read, or slowly. */
  #slow = false;

  /** Everything before `at` is delivered. */
  constructor(at: SenderPosition, now: number) {
    this.#marks = [{ time: now, bytes: 0, at }];
  }

  /** Everything before `at` has been sent. */
  sent(at: SenderPosition, opts: { bytes: number; now: number; slow: boolean }): void {
    this.#bytes += opts.bytes;
    this.#slow ||= opts.slow;
    const mark = { time: opts.now, bytes: this.#bytes, at };
    const [previous, last] = [this.#marks.at(-2), this.#marks.at(-1)];
    // The newest mark always says where we are; it moves until it is old enough to stay.
    if (previous && last && last.time - previous.time < STEP_MS) this.#marks.pop();
    this.#marks.push(mark);
    while (this.#marks.length > 1 && this.#isCertain(this.#marks[1]!, opts.now)) this.#marks.shift();
  }

  /** Where to begin again after a break at `now`; a new connection begins there. */
  restart(now: number): SenderPosition {
    const certain = this.#marks.findLast((mark) => this.#isCertain(mark, now)) ?? this.#marks[0]!;
    this.#marks = [{ ...certain, time: now }];
    this.#slow = false;
    return certain.at;
  }

  #isCertain({ time, bytes }: Mark, now: number): boolean {
    const age = now - time;
    return age >= FORGOTTEN_MS || (age >= CERTAIN_MS && (!this.#slow || this.#bytes - bytes >= ON_THE_WAY));
  }
}
