// The runs of one container on disk, oldest first, opened once however many read them.
import { mkdirSync, readdirSync } from 'node:fs';
import { Run, type RunDir } from './run.ts';
import { removeRunFiles, runNumber } from './run-files.ts';

export class ZoneRuns {
  readonly dir: string;
  readonly #runDir: RunDir;
  #numbers: number[] | null = null;
  readonly #open = new Map<number, Run>();

  constructor(runDir: RunDir) {
    this.dir = runDir.path;
    this.#runDir = runDir;
  }

  /** Oldest first. */
  numbers(): number[] {
    this.#numbers ??= readNumbers(this.dir);
    return [...this.#numbers];
  }

  /** The last one's; 0 = none yet. */
  get newest(): number {
    this.#numbers ??= readNumbers(this.dir);
    return this.#numbers.at(-1) ?? 0;
  }

  /** Makes the next run. */
  create(tty: boolean): Run {
    mkdirSync(this.dir, { recursive: true, mode: 0o700 });
    const numbers = this.numbers();
    const number = (numbers.at(-1) ?? 0) + 1;
    const run = Run.create(this.#runDir, number, tty);
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
    const run = Run.open(this.#runDir, number);
    this.#open.set(number, run);
    return run;
  }

  /** Forgets and deletes one run; who reads it goes on, its files are open. */
  async drop(number: number): Promise<void> {
    this.#numbers = this.numbers().filter((each) => each !== number);
    const run = this.#open.get(number);
    if (run) run.removed = true;
    run?.close();
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
