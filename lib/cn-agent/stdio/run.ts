// The output of one run of a container: data files that the shim writes itself, and the index that we keep beside them.
import { closeSync, constants, existsSync, type FSWatcher, fstatSync, openSync, watch } from 'node:fs';
import type { Cursor, Position } from './cursor.ts';
import { chooseCut } from './cut-run.ts';
import { recordHole } from './give-back.ts';
import type { Hole } from './hole-puncher.ts';
import { type RunPaths, runPaths } from './run-files.ts';
import { RECORD_BYTES, RunIndex, type StreamNo } from './run-index.ts';
import { WakeUp } from './wake-up.ts';
import type { Stamp, WallClock } from './wall-clock.ts';

/** Least time between two looks at the files (ms): a torrent of small writes makes few index records. */
const COALESCE_MS = 1;
/** Index records read at once. */
const BLOCK = 1024;

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
  readonly #paths: RunPaths;
  /** Called when the files have grown. */
  readonly #grown: (run: Run) => void;
  /** Readers that rotation must not overtake, and by how many bytes they may lag behind for that. */
  readonly #holds = new Map<Cursor, number>();
  /** How much has been given back of the index (records) and of each stream (bytes), or is about to be. */
  readonly #floor: [number, number, number] = [0, 0, 0];
  /** Its files have been deleted. */
  removed = false;
  #watchers: FSWatcher[] = [];
  #timer: NodeJS.Timeout | null = null;
  #lastScan = 0;
  #users = 0;
  #closing = false;
  #closed = false;

  private constructor(opts: { number: number; dir: RunDir; index: RunIndex; fds: Run['fds'] }) {
    this.number = opts.number;
    this.#clock = opts.dir.clock;
    this.#grown = opts.dir.grown;
    this.#paths = runPaths(opts.dir.path, opts.number);
    this.index = opts.index;
    this.#fds = opts.fds;
    this.tty = opts.fds[2] < 0;
  }

  /** Open files by stream number; -1 where there is none. */
  get fds(): [number, number, number] {
    return this.#fds;
  }

  /** Makes the empty files of a new run (a tty has no stderr file) and watches them. */
  static create(dir: RunDir, number: number, tty: boolean): Run {
    const flags = constants.O_RDONLY | constants.O_CREAT | constants.O_EXCL;
    const paths = runPaths(dir.path, number);
    const index = RunIndex.create(paths.index);
    const stdout = openSync(paths.stdout, flags, 0o600);
    const stderr = tty ? -1 : openSync(paths.stderr, flags, 0o600);
    const run = new Run({ number, dir, index, fds: [-1, stdout, stderr] });
    run.phase = 'begun';
    run.#watch();
    return run;
  }

  /** Opens a run that the agent wrote earlier; data that grew while nobody looked gets a record with the file's own time. */
  static open(dir: RunDir, number: number): Run {
    const paths = runPaths(dir.path, number);
    const index = RunIndex.open(paths.index);
    const stdout = openSync(paths.stdout, constants.O_RDONLY | constants.O_CREAT, 0o600);
    const stderr = existsSync(paths.stderr) ? openSync(paths.stderr, constants.O_RDONLY) : -1;
    const run = new Run({ number, dir, index, fds: [-1, stdout, stderr] });
    run.#readEnds();
    run.#scan(true);
    return run;
  }

  /** Takes up a run that goes on (agent restarted). */
  resume(): void {
    this.phase = 'running';
    this.#watch();
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
    if (this.#closed || !this.#scan(false)) return;
    this.#grown(this);
    this.changed.notify();
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

  /** Where each stream's kept data begins: a line's border. */
  kept(stream: StreamNo): number {
    return this.index.kept[stream];
  }

  /** Bytes kept. */
  get bytes(): number {
    return this.ends[1] - this.kept(1) + (this.ends[2] - this.kept(2));
  }

  /** Drops about that many of the oldest bytes from what is kept; false when nothing can go. */
  cut(bytes: number): boolean {
    const at = chooseCut(this, bytes);
    if (!at) return false;
    this.index.startRecord = at.record;
    this.index.kept[1] = at.offsets[1];
    this.index.kept[2] = at.offsets[2];
    this.index.writeHeader();
    return true;
  }

  /** Rotation gives nothing back that this reader has still to read, unless it lags more than `lag` bytes behind. */
  hold(cursor: Cursor, lag: number): void {
    this.#holds.set(cursor, lag);
  }

  unhold(cursor: Cursor): void {
    if (this.#holds.delete(cursor)) this.#grown(this);
  }

  /** Data before this may be zeroes by now; never behind kept(). */
  floor(stream: StreamNo): number {
    return this.#floor[stream];
  }

  /** Index records before this one may be zeroes by now. */
  get floorRecord(): number {
    return this.#floor[0];
  }

  /** How far the floor can be raised, and how much that frees. */
  releasable(): { to: Position; bytes: number } {
    const { startRecord: record } = this.index;
    const to: Position = { record, offsets: [0, this.kept(1), this.kept(2)] };
    for (const [cursor, lag] of this.#holds) {
      const { held } = cursor;
      const streams = ([1, 2] as const).filter((stream) => cursor.wants(stream));
      if (streams.some((stream) => this.ends[stream] - held.offsets[stream] > lag)) continue;
      to.record = Math.min(to.record, held.record);
      for (const stream of streams) to.offsets[stream] = Math.min(to.offsets[stream], held.offsets[stream]);
    }
    const data = to.offsets[1] - this.#floor[1] + (to.offsets[2] - this.#floor[2]);
    return { to, bytes: data + (to.record - this.#floor[0]) * RECORD_BYTES };
  }

  /** Makes the floor so; what is to be freed then. */
  raiseFloor({ to }: { to: Position }): Hole[] {
    const [record, stdout, stderr] = this.#floor;
    const { index, stdout: out, stderr: err } = this.#paths;
    this.#floor[0] = Math.max(record, to.record);
    this.#floor[1] = Math.max(stdout, to.offsets[1]);
    this.#floor[2] = Math.max(stderr, to.offsets[2]);
    const holes = [
      { path: out, from: stdout, to: this.#floor[1] },
      { path: err, from: stderr, to: this.#floor[2] },
      recordHole(index, record, this.#floor[0]),
    ];
    return holes.filter(({ from, to }) => to > from);
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
    const { startRecord } = this.index;
    for (let before = this.index.count; before > startRecord && missing.size > 0; ) {
      const from = Math.max(startRecord, before - BLOCK);
      for (const { stream, end } of this.index.peekBlock(from, before - from).toReversed())
        if (missing.delete(stream)) this.ends[stream] = end;
      before = from;
    }
    // Records of a stream that has long been silent may have gone: what it has kept begins where they ended.
    for (const stream of [1, 2] as const) this.ends[stream] = Math.max(this.ends[stream], this.kept(stream));
  }

  #watch(): void {
    const wake = () => this.#wake();
    const { stdout, stderr } = this.#paths;
    for (const path of this.tty ? [stdout] : [stdout, stderr]) {
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

/** What all runs of a container share. */
export interface RunDir {
  path: string;
  clock: WallClock;
  grown: (run: Run) => void;
}

function fromMs(ms: number): Stamp {
  return { sec: Math.floor(ms / 1000), nsec: Math.floor((ms % 1000) * 1e6) };
}
