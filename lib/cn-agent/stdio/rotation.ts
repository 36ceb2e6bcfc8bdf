// Log rotation of one container: over all its runs no more is kept than its window, the oldest goes first.
import type Logger from 'bunyan';
import type { GiveBack } from './give-back.ts';
import type { Run } from './run.ts';
import { measureRun } from './run-files.ts';
import type { ZoneRuns } from './zone-runs.ts';

/** How much more than needed is dropped at once, so that not every line costs a look at the files: this part of the window, at most … */
const PART = 8;
/** … these bytes. */
const MOST = 256 * 1024;

export class Rotation {
  readonly #runs: ZoneRuns;
  readonly #giveBack: GiveBack;
  readonly #log: Logger;
  /** Bytes of output to keep; null = all. */
  #window: number | null = null;
  /** The runs before the newest with what they keep, oldest first; null = not looked at yet. */
  #older: { number: number; bytes: number }[] | null = null;

  constructor(opts: { runs: ZoneRuns; giveBack: GiveBack; log: Logger }) {
    this.#runs = opts.runs;
    this.#giveBack = opts.giveBack;
    this.#log = opts.log;
  }

  /** What holds from now on; `newest` is the run that begins or goes on. */
  set(window: number | null, newest: Run): void {
    this.#window = window;
    this.#older = null;
    this.#trim(newest);
    if (newest.kept(1) + newest.kept(2) > 0) this.#giveBack.consider(newest, window ?? 0, true);
  }

  /**
   * A run has grown or ended, or a slow reader has left it: cuts what is too much. Synchronous, so that whoever reads next sees the window
   * only.
   */
  changed(run: Run): void {
    if (run.removed || run.closed) return;
    if (run.number === this.#runs.newest) this.#trim(run);
    else this.#giveBack.consider(run, this.#window ?? 0, true);
  }

  #trim(newest: Run): void {
    const window = this.#window;
    if (window === null) return;
    if (newest.bytes + this.#sumOlder(newest) > window) {
      const goal = window - Math.min(MOST, Math.floor(window / PART));
      this.#dropOlder(newest, goal);
      while (newest.bytes > window && newest.cut(newest.bytes - goal));
    }
    this.#giveBack.consider(newest, window, newest.phase === 'ended');
  }

  /** Drops everything of the newest run before these offsets, at whole lines: its receiver has it. */
  dropDelivered(newest: Run, offsets: readonly [number, number, number]): void {
    const excess = offsets[1] - newest.kept(1) + (offsets[2] - newest.kept(2));
    if (excess > MOST && newest.cut(excess)) this.#giveBack.consider(newest, 0);
  }

  /** Whole runs first, then the beginning of the oldest that is left. */
  #dropOlder(newest: Run, goal: number): void {
    const older = this.#older ?? [];
    for (;;) {
      const [oldest] = older;
      const excess = newest.bytes + this.#sumOlder(newest) - goal;
      if (!oldest || excess <= 0) return;
      const left = oldest.bytes > excess ? this.#cutOlder(oldest.number, excess) : null;
      if (left !== null) {
        oldest.bytes = left;
        continue;
      }
      older.shift();
      this.#runs.drop(oldest.number).catch((err: unknown) => {
        this.#log.warn({ err, run: oldest.number }, 'rotated output could not be removed');
      });
    }
  }

  /** What is left of it; null when only the whole of it can go. */
  #cutOlder(number: number, bytes: number): number | null {
    const run = this.#runs.openNow(number)?.acquire();
    if (!run) return null;
    const left = run.cut(bytes) ? run.bytes : null;
    this.#giveBack.consider(run, this.#window ?? 0, true);
    run.release();
    return left;
  }

  #sumOlder(newest: Run): number {
    this.#older ??= this.#runs
      .numbers()
      .filter((number) => number < newest.number)
      .map((number) => ({ number, bytes: measureRun(this.#runs.dir, number) }));
    return this.#older.reduce((sum, { bytes }) => sum + bytes, 0);
  }
}
