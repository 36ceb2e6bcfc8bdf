// Named pipes made ahead: Node cannot make one, and a process for each would cost 6–8 ms (runtime.md).
import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { closeSync, constants, openSync } from 'node:fs';
import { mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

/** Names per mkfifo process, and the number of unused ones below which more are made. */
const BATCH = 24;
const LOW = 8;

const run = promisify(execFile);

export class FifoPool {
  readonly #dir: string;
  #free: string[] = [];
  #filling: Promise<void> | null = null;

  private constructor(dir: string) {
    this.#dir = dir;
  }

  /** dir: made when missing; FIFOs in use from before a restart stay where they are, the others are used again. */
  static async open(dir: string): Promise<FifoPool> {
    await mkdir(dir, { recursive: true, mode: 0o700 });
    const pool = new FifoPool(dir);
    const left = (await readdir(dir)).map((name) => join(dir, name));
    pool.#free.push(...left.filter((path) => !isHeld(path)));
    if (pool.#free.length < LOW) await pool.#fill();
    return pool;
  }

  /** `count` paths of empty FIFOs that nobody else has. */
  async take(count: number): Promise<string[]> {
    while (this.#free.length < count) await this.#fill();
    const taken = this.#free.splice(-count);
    if (this.#free.length < LOW) this.#fill().catch(() => undefined);
    return taken;
  }

  /** Back into the pool; only when no process holds them any more. */
  give(paths: string[]): void {
    this.#free.push(...paths);
  }

  /** Nobody gets these: a record of an earlier life names them, though nothing holds them any more. */
  withhold(paths: string[]): void {
    this.#free = this.#free.filter((path) => !paths.includes(path));
  }

  /** Removes FIFOs that somebody may still hold. */
  async discard(paths: string[]): Promise<void> {
    await Promise.all(paths.map((path) => rm(path, { force: true })));
  }

  /** Unused ones go; those in use stay for the containers that run on. */
  async close(): Promise<void> {
    await this.#filling?.catch(() => undefined);
    await this.discard(this.#free.splice(0));
  }

  #fill(): Promise<void> {
    this.#filling ??= this.#make().finally(() => {
      this.#filling = null;
    });
    return this.#filling;
  }

  async #make(): Promise<void> {
    const paths = Array.from({ length: BATCH }, () => join(this.#dir, randomBytes(8).toString('hex')));
    await run('mkfifo', ['-m', '600', ...paths]);
    this.#free.push(...paths);
  }
}

/** A shim keeps both ends open of what it uses; a FIFO that nobody reads cannot be opened for writing. */
function isHeld(path: string): boolean {
  try {
    closeSync(openSync(path, constants.O_WRONLY | constants.O_NONBLOCK));
    return true;
  } catch (err) {
    return (err as NodeJS.ErrnoException).code !== 'ENXIO';
  }
}
