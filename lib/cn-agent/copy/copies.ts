// The copies under way in one VM: its next start waits for them, because two mounts of one writable layer do not know of each other.
import { closeSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';

/** How often, while somebody waits, a copy is looked at, and how many looks without a byte moved end it. */
const LOOK_MS = 5_000;
const LOOKS = 6;

/** One copy; `pid` once its program runs. */
export interface Copy {
  pid: number | null;
  kill(): void;
}

export class Copies {
  readonly #under = new Set<Copy>();
  #idle = Promise.withResolvers<void>();
  #watching = false;
  /** File descriptor of the mount namespace in which the stopped VM's root is mounted, while somebody uses it. */
  restNamespace: number | null = null;

  constructor() {
    this.#idle.resolve();
  }

  /** Counts a copy in. */
  add(copy: Copy): void {
    if (this.#under.size === 0) this.#idle = Promise.withResolvers<void>();
    this.#under.add(copy);
  }

  /** Counts it out; the last one unmounts. */
  remove(copy: Copy): void {
    if (!this.#under.delete(copy) || this.#under.size > 0) return;
    if (this.restNamespace !== null) closeSync(this.restNamespace);
    this.restNamespace = null;
    this.#idle.resolve();
  }

  /** Kills them all. */
  abort(): void {
    for (const copy of this.#under) copy.kill();
  }

  /** Resolves when none is under way. One that has come to a halt (a client that does not read) is killed after half a minute. */
  async idle(): Promise<void> {
    if (this.#under.size > 0 && !this.#watching) void this.#watch();
    await this.#idle.promise;
  }

  async #watch(): Promise<void> {
    this.#watching = true;
    const seen = new Map<Copy, { moved: string; looks: number }>();
    while (this.#under.size > 0) {
      for (const copy of this.#under) {
        const moved = await bytesMoved(copy.pid);
        const before = seen.get(copy);
        const looks = before?.moved === moved ? before.looks + 1 : 0;
        seen.set(copy, { moved, looks });
        if (looks >= LOOKS) copy.kill();
      }
      await Promise.race([delay(LOOK_MS, undefined, { ref: false }), this.#idle.promise]);
    }
    this.#watching = false;
  }
}

/** What the program and the process it watches over have read and written. */
async function bytesMoved(pid: number | null): Promise<string> {
  if (pid === null) return '';
  const children = await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8').catch(() => '');
  const pids = [pid, ...children.split(' ').filter(Boolean)];
  const io = await Promise.all(pids.map((each) => readFile(`/proc/${each}/io`, 'utf8').catch(() => '')));
  return io.join('').replace(/^(?!rchar|wchar).*\n/gm, '');
}
