// The runs of one container on disk, oldest first, opened once however many read them.
import { mkdirSync, readdirSync } from 'node:fs';
import { Run, removeRunFiles, runNumber } from './run.ts';
import type { WallClock } from './wall-clock.ts';

export class ZoneRuns {
  readonly dir: string;
  readonly #clock: WallClock;
  #numbers: number[] | null = null;
  readonly #open = new Map<number, Run>();

  constructor(dir: string, clock: WallClock) {
    this.dir = dir;
    this.#clock = clock;
  }

  /** Oldest first. */
  numbers(): number[] {
    this.#numbers ??= readNumbers(this.dir);
    return [...this.#numbers];
  }

  /** Makes the next run. */
  create(tty: boolean): Run {
    mkdirSync(this.dir, { recursive: true, mode: 0o700 });
    const numbers = this.numbers();
    const number = (numbers.at(-1) ?? 0) + 1;
    const run = Run.create(this.dir, number, tty, this.#clock);
    this.#numbers = [...numbers, number];
    this.#open.set(number, run);
    return run;
  }

  /** Opens a run for reading; the caller releases it. null when it was removed meanwhile. */
  async open(number: number): Promise<Run | null> {
    return this.openNow(number)?.acquire() ?? null;
  }

  /** The same without becoming a user. */
  openNow(number: number): Run | null {
    const present = this.#open.get(number);
    if (present && !present.closed) return present;
    if (!this.numbers().includes(number)) return null;
    const run = Run.open(this.dir, number, this.#clock);
    this.#open.set(number, run);
    return run;
  }

  /** Forgets and deletes one run. */
  async drop(number: number): Promise<void> {
    this.#numbers = this.numbers().filter((each) => each !== number);
    this.#open.get(number)?.close();
    this.#open.delete(number);
    await removeRunFiles(this.dir, number);
  }

  /** Closes the files that nobody reads; followers see that it is over. */
  close(): void {
    for (const run of this.#open.values()) run.close();
    this.#open.clear();
  }
}

function readNumbers(dir: string): number[] {
  try {
    const numbers = readdirSync(dir).map(runNumber);
    return numbers.filter((each) => each !== null).sort((a, b) => a - b);
  } catch (err) {
    if ((err as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw err;
  }
}
