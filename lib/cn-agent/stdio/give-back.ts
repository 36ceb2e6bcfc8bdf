// Gives rotated output back to the file system by punching holes: files that a shim holds open can be neither renamed nor shortened.
import { setTimeout as delay } from 'node:timers/promises';
import type Logger from 'bunyan';
import { type Hole, HolePuncher } from './hole-puncher.ts';
import type { Run } from './run.ts';
import { HEADER_BYTES, RECORD_BYTES } from './run-index.ts';

/** A hole costs a process: not for less than this, … */
const LEAST = 128 * 1024;
/** … not for less than this part of the window, up to … */
const PART = 16;
/** … this. */
const MOST = 4 * 1024 * 1024;
/** Pause between two holes of one run (ms). */
const PAUSE_MS = 20;
/** A file system's block, below which a hole is none. */
const BLOCK = 4096;

export class GiveBack {
  readonly #log: Logger;
  /** Runs that are being worked on; true = look again afterwards. */
  readonly #busy = new Map<Run, boolean>();
  readonly #puncher = new HolePuncher();
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

  close(): Promise<void> {
    return this.#puncher.close();
  }

  async #punch(it: Run, holes: Hole[]): Promise<void> {
    for (const hole of holes) {
      const ok = await this.#puncher.punch(hole);
      if (!ok && !this.#warned && !it.removed) {
        this.#warned = true;
        this.#log.warn({ path: hole.path }, 'rotated output cannot be given back to the file system');
      }
    }
    await delay(PAUSE_MS, undefined, { ref: false });
  }
}

/** The bytes of index records `from`..`to`. */
export function recordHole(path: string, from: number, to: number): Hole {
  return { path, from: HEADER_BYTES + from * RECORD_BYTES, to: HEADER_BYTES + to * RECORD_BYTES };
}
