// Puts our nftables tables back when somebody has thrown them away: `nft flush ruleset`, a restart of nftables.service.
//
//   spawn ──► listening ──► look ──► quiet ──a table of ours is deleted──► look ──► what is missing is made anew ──► quiet
//
// A few lines of perl (part of every Debian) are told by the kernel; nothing is asked while no table goes. They end with this process,
// and are started again when they die.
import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type Logger from 'bunyan';
import { kernelFamilies } from './families.ts';
import { runProgram } from './run-program.ts';

const PROGRAM = join(import.meta.dirname, 'table-watch.pl');
/** Before something that failed is tried again; doubled from one to the next. ms */
const FIRST_PAUSE = 50;
const LONGEST_PAUSE = 30_000;

class Pauses {
  #next = FIRST_PAUSE;

  next(): number {
    const pause = this.#next;
    this.#next = Math.min(pause * 2, LONGEST_PAUSE);
    return pause;
  }

  reset(): void {
    this.#next = FIRST_PAUSE;
  }
}

/** A table, of every family that the kernel has, and how it is made anew. */
export interface WatchedTable {
  name: string;
  restore(): Promise<void>;
}

/** Needs root, nftables and perl; the tables are there when it is made. */
export class TableWatch {
  readonly #tables: readonly WatchedTable[];
  readonly #log: Logger;
  #child: ChildProcess | null = null;
  readonly #lookPauses = new Pauses();
  readonly #spawnPauses = new Pauses();
  readonly #timers = new Set<NodeJS.Timeout>();
  #looking: Promise<void> | null = null;
  #again = false;
  #closed = false;

  constructor(tables: readonly WatchedTable[], log: Logger) {
    this.#tables = tables;
    this.#log = log.child({ component: 'table-watch' });
    this.#listen();
  }

  async close(): Promise<void> {
    this.#closed = true;
    for (const timer of this.#timers) clearTimeout(timer);
    this.#child?.kill('SIGKILL');
    await this.#looking;
  }

  #listen(): void {
    const names = this.#tables.map(({ name }) => name);
    const child = spawn('perl', [PROGRAM, ...names], { stdio: ['pipe', 'pipe', 'pipe'] });
    this.#child = child;
    const began = performance.now();
    let words = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      words = text.trim();
    });
    child.stdin.on('error', () => undefined);
    // Each line, also the first: what went before it listened, nobody has told.
    createInterface({ input: child.stdout }).on('line', () => this.#look());
    const over = (err: Error): void => {
      if (this.#child !== child) return;
      this.#child = null;
      if (this.#closed) return;
      this.#log.warn({ err }, 'nobody tells when tables are deleted; starting another');
      // One that dies young is not started over and over.
      if (performance.now() - began > LONGEST_PAUSE) this.#spawnPauses.reset();
      this.#later(() => this.#listen(), this.#spawnPauses);
    };
    child.once('error', over);
    child.once('close', (code, signal) => over(new Error(`table-watch.pl: ${words || (signal ?? code)}`)));
  }

  /** One at a time; what happens meanwhile is seen by another. */
  #look(): void {
    this.#again = true;
    this.#looking ??= this.#lookAndRestore().finally(() => {
      this.#looking = null;
    });
  }

  async #lookAndRestore(): Promise<void> {
    while (this.#again && !this.#closed) {
      this.#again = false;
      try {
        const present = new Set((await runProgram('nft', ['list', 'tables'])).split('\n'));
        const missing = this.#tables.filter(({ name }) => isMissing(present, name));
        if (missing.length > 0) {
          const tables = missing.map(({ name }) => name);
          this.#log.warn({ tables }, 'nftables tables of ours have been deleted; putting them back');
          await Promise.all(missing.map((table) => table.restore()));
        }
        this.#lookPauses.reset();
      } catch (err) {
        this.#log.error({ err }, 'nftables tables of ours cannot be put back; trying again');
        this.#later(() => this.#look(), this.#lookPauses);
      }
    }
  }

  #later(work: () => void, pauses: Pauses): void {
    if (this.#closed) return;
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      work();
    }, pauses.next());
    this.#timers.add(timer);
  }
}

function isMissing(present: Set<string>, name: string): boolean {
  return kernelFamilies().some((family) => !present.has(`table ${family} ${name}`));
}
