// How far a container's log has gone to its receiver: kept in a file beside the output, so that a new life of the agent goes on there.
import { readFileSync } from 'node:fs';
import { rename, writeFile } from 'node:fs/promises';
import type { SplitState } from './line-splitter.ts';

/** A place in the output of a container over all its runs. */
export interface SenderPosition extends SplitState {
  run: number;
  /** Index record from which to read; bytes before it, at `offsets`, belong to it as well. */
  record: number;
}

/** The beginning of a run. */
export function runBeginning(run: number): SenderPosition {
  return { run, record: 0, offsets: [0, 0, 0], long: [null, null, null] };
}

/** Least time between two writes (ms). */
const PAUSE_MS = 200;

export class PositionFile {
  readonly #path: string;
  #next: SenderPosition | null = null;
  #writing: Promise<void> | null = null;
  #last = 0;

  constructor(path: string) {
    this.#path = path;
  }

  /** null when there is none, or none that can be read. */
  read(): SenderPosition | null {
    try {
      const { v, ...position } = JSON.parse(readFileSync(this.#path, 'utf8')) as SenderPosition & {
        v: number;
      };
      return v === 1 && Number.isInteger(position.run) ? position : null;
    } catch {
      return null;
    }
  }

  /** Soon on disk, `now` at once; the newest wins. Not synced: what a power cut takes is sent twice. */
  save(position: SenderPosition, now: boolean): void {
    this.#next = position;
    if (now || performance.now() - this.#last >= PAUSE_MS) void this.flush();
  }

  /** Resolves when what was saved is on disk, or cannot be. */
  flush(): Promise<void> {
    this.#writing ??= this.#write().finally(() => {
      this.#writing = null;
    });
    return this.#writing;
  }

  async #write(): Promise<void> {
    while (this.#next) {
      const position = this.#next;
      this.#next = null;
      this.#last = performance.now();
      try {
        await writeFile(`${this.#path}.new`, JSON.stringify({ v: 1, ...position }), { mode: 0o600 });
        await rename(`${this.#path}.new`, this.#path);
      } catch {
        // The disk is full, or the container is going: more is sent twice.
      }
    }
  }
}
