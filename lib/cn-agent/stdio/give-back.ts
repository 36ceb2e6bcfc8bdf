// Gives rotated output back to the file system by punching holes: files that a shim holds open can be neither renamed nor shortened.
import { execFile } from 'node:child_process';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import type Logger from 'bunyan';
import type { Run } from './run.ts';
import { HEADER_BYTES, RECORD_BYTES } from './run-index.ts';

/** A hole costs a process: not for less than this, … */
const LEAST = 128 * 1024;
/** … not for less than this part of the window, up to … */
const PART = 16;
/** … this. */
const MOST = 4 * 1024 * 1024;
/** Pause between two holes of one run (ms). */
const PAUSE_MS = 50;
/** A file system's block, below which a hole is none. */
const BLOCK = 4096;

const run = promisify(execFile);

export class GiveBack {
  readonly #log: Logger;
  /** Runs that are being worked on; true = look again afterwards. */
  readonly #busy = new Map<Run, boolean>();
  #warned = false;

  constructor(log: Logger) {
    this.#log = log;
  }

  /**
   * Frees what lies before the window of a run and is held by no reader, when it is worth a process; `all` of it, however little, at the
   * end. The run's floor is raised before anything is touched. Works in the background; a crash in between costs nothing, because the window
   * was written down before and the next life begins again at 0.
   */
  consider(it: Run, window: number, all = false): void {
    if (this.#busy.has(it)) {
      this.#busy.set(it, true);
      return;
    }
    const free = it.releasable();
    const least = all ? BLOCK : Math.max(LEAST, Math.min(window / PART, MOST));
    if (free.bytes < least) return;
    this.#busy.set(it, false);
    it.acquire();
    const holes = it.raiseFloor(free);
    void this.#punch(it, holes).finally(() => {
      const again = this.#busy.get(it) === true || it.phase === 'ended';
      this.#busy.delete(it);
      if (again) this.consider(it, window, it.phase === 'ended');
      it.release();
    });
  }

  async #punch(it: Run, holes: Hole[]): Promise<void> {
    for (const { path, from, to } of holes) {
      const range = ['--offset', String(from), '--length', String(to - from)];
      try {
        await run('fallocate', ['--punch-hole', ...range, path], { timeout: 60_000 });
      } catch (err) {
        if (!this.#warned && !it.removed)
          this.#log.warn({ err, path }, 'rotated output cannot be given back to the file system');
        this.#warned = true;
      }
    }
    await delay(PAUSE_MS, undefined, { ref: false });
  }
}

/** Bytes of a file to be freed. */
export interface Hole {
  path: string;
  from: number;
  to: number;
}

/** The bytes of index records `from`..`to`. */
export function recordHole(path: string, from: number, to: number): Hole {
  return { path, from: HEADER_BYTES + from * RECORD_BYTES, to: HEADER_BYTES + to * RECORD_BYTES };
}
