// The output of one run of a container: data files that the shim writes itself, and the index that we keep beside them.
import { closeSync, constants, existsSync, type FSWatcher, fstatSync, openSync, watch } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { RunIndex, type StreamNo } from './run-index.ts';
import { WakeUp } from './wake-up.ts';
import type { Stamp, WallClock } from './wall-clock.ts';

/** Least time between two looks at the files (ms): a torrent of small writes makes few index records. */
const COALESCE_MS = 1;

//   create() ── begun ── markRunning() ── running ── finish() ── ended
//   open()   ── ended, or resume() ── running
export type RunPhase = 'begun' | 'running' | 'ended';

export class Run {
  readonly number: number;
  readonly tty: boolean;
  readonly index: RunIndex;
  /** Wakes followers: more records, or a new phase. */
  readonly changed = new WakeUp();
  phase: RunPhase = 'ended';
  /** File sizes that the index covers, by stream number. */
  readonly ends: [number, number, number] = [0, 0, 0];
  readonly #clock: WallClock;
  readonly #fds: [number, number, number];
  #watchers: FSWatcher[] = [];
  #timer: NodeJS.Timeout | null = null;
  #lastScan = 0;
  #users = 0;
  #closing = false;
  #closed = false;

  private constructor(opts: { number: number; clock: WallClock; index: RunIndex; fds: Run['fds'] }) {
    this.number = opts.number;
    this.#clock = opts.clock;
    this.index = opts.index;
    this.#fds = opts.fds;
    this.tty = opts.fds[2] < 0;
  }

  /** Open files by stream number; -1 where there is none. */
  get fds(): [number, number, number] {
    return this.#fds;
  }

  /** Makes the empty files of a new run (a tty has no stderr file) and watches them. */
  static create(dir: string, number: number, tty: boolean, clock: WallClock): Run {
    const flags = constants.O_RDONLY | constants.O_CREAT | constants.O_EXCL;
    const paths = runPaths(dir, number);
    const index = RunIndex.create(paths.index);
    const stdout = openSync(paths.stdout, flags, 0o600);
    const stderr = tty ? -1 : openSync(paths.stderr, flags, 0o600);
    const run = new Run({ number, clock, index, fds: [-1, stdout, stderr] });
    run.phase = 'begun';
    run.#watch(paths);
    return run;
  }

  /** Opens a run that the agent wrote earlier; data that grew while nobody looked gets a record with the file's own time. */
  static open(dir: string, number: number, clock: WallClock): Run {
    const paths = runPaths(dir, number);
    const index = RunIndex.open(paths.index);
    const stdout = openSync(paths.stdout, constants.O_RDONLY | constants.O_CREAT, 0o600);
    const stderr = existsSync(paths.stderr) ? openSync(paths.stderr, constants.O_RDONLY) : -1;
    const run = new Run({ number, clock, index, fds: [-1, stdout, stderr] });
    run.#readEnds();
    run.#scan(true);
    return run;
  }

  /** Takes up a run that goes on (agent restarted). */
  resume(dir: string): void {
    this.phase = 'running';
    this.#watch(runPaths(dir, this.number));
    this.scan();
  }

  markRunning(): void {
    if (this.phase === 'begun') this.phase = 'running';
    this.changed.notify();
  }

  /** Last look at the files, then no more data will come. */
  finish(): void {
    if (this.phase === 'ended') return;
    this.scan();
    this.phase = 'ended';
    this.#unwatch();
    this.changed.notify();
    this.#closeIfUnused();
  }

  /** Looks at the files now: growth becomes records. */
  scan(): void {
    if (!this.#closed && this.#scan(false)) this.changed.notify();
  }

  /** A user keeps the files open; release() when done. */
  acquire(): this {
    this.#users += 1;
    return this;
  }

  release(): void {
    this.#users -= 1;
    this.#closeIfUnused();
  }

  /** No more data will come by way of this object: it was closed, or waits only for its users to be. */
  get closed(): boolean {
    return this.#closing;
  }

  /** Where each stream's kept data begins. */
  kept(stream: StreamNo): number {
    return this.index.kept[stream];
  }

  /** The service stops, or all is over; the files stay, and stay open until the last user is done. */
  close(): void {
    this.#unwatch();
    this.#closing = true;
    this.changed.notify();
    if (this.#closed || this.#users > 0) return;
    this.#closed = true;
    this.index.close();
    for (const fd of this.#fds) if (fd >= 0) closeSync(fd);
  }

  #closeIfUnused(): void {
    if ((this.phase === 'ended' || this.#closing) && this.#users <= 0) this.close();
  }

  #scan(byFileTime: boolean): boolean {
    this.#lastScan = performance.now();
    let grown = false;
    let now: Stamp | null = null;
    for (const stream of [1, 2] as const) {
      const fd = this.#fds[stream];
      if (fd < 0) continue;
      const stat = fstatSync(fd);
      const start = this.ends[stream];
      if (stat.size <= start) continue;
      now = byFileTime ? fromMs(stat.mtimeMs) : (now ?? this.#clock.now());
      this.index.append({ ...now, stream, start, end: stat.size });
      this.ends[stream] = stat.size;
      grown = true;
    }
    return grown;
  }

  #readEnds(): void {
    const missing = new Set<StreamNo>(this.tty ? [1] : [1, 2]);
    for (let at = this.index.count - 1; at >= 0 && missing.size > 0; at--) {
      const record = this.index.peek(at);
      if (!record || !missing.delete(record.stream)) continue;
      this.ends[record.stream] = record.end;
    }
  }

  #watch(paths: RunPaths): void {
    const wake = () => this.#wake();
    for (const path of this.tty ? [paths.stdout] : [paths.stdout, paths.stderr]) {
      const watcher = watch(path, { persistent: false }, wake);
      watcher.on('error', wake);
      this.#watchers.push(watcher);
    }
  }

  #wake(): void {
    if (this.#timer || this.phase === 'ended') return;
    if (performance.now() - this.#lastScan >= COALESCE_MS) {
      this.scan();
      return;
    }
    this.#timer = setTimeout(() => {
      this.#timer = null;
      this.scan();
    }, COALESCE_MS);
  }

  #unwatch(): void {
    if (this.#timer) clearTimeout(this.#timer);
    this.#timer = null;
    for (const watcher of this.#watchers) watcher.close();
    this.#watchers = [];
  }
}

/** The files of one run. */
export interface RunPaths {
  stdout: string;
  stderr: string;
  index: string;
  /** Symbolic link to the FIFO of stdin, when the run has one. */
  stdin: string;
}

export function runPaths(dir: string, number: number): RunPaths {
  const base = join(dir, String(number).padStart(6, '0'));
  return {
    stdout: `${base}.stdout`,
    stderr: `${base}.stderr`,
    index: `${base}.index`,
    stdin: `${base}.stdin`,
  };
}

/** The number in an index file's name; null for other files. */
export function runNumber(fileName: string): number | null {
  const match = /^(\d{6,})\.index$/.exec(fileName);
  return match ? Number(match[1]) : null;
}

/** Removes all files of a run. */
export async function removeRunFiles(dir: string, number: number): Promise<void> {
  await Promise.all(Object.values(runPaths(dir, number)).map((path) => rm(path, { force: true })));
}

function fromMs(ms: number): Stamp {
  return { sec: Math.floor(ms / 1000), nsec: Math.floor((ms % 1000) * 1e6) };
}
