// Walks the output of one run in index order, handing out pieces of data no larger than a buffer.
import { read as fsRead, readSync } from 'node:fs';
import { promisify } from 'node:util';
import type { Run } from './run.ts';
import type { IndexRecord, StreamNo } from './run-index.ts';

/** Up to here data was written just now and sits in the page cache: reading it at once beats a trip to the thread pool. */
const SYNC_READ = 64 * 1024;

const readAsync = promisify(fsRead);

/** A place in a run: the next record, and where the next byte of each stream is. */
export interface Position {
  record: number;
  offsets: [number, number, number];
}

/** Consecutive bytes of one stream; `marks` are the records they came in (the last one may reach further). */
export interface Piece {
  stream: StreamNo;
  from: number;
  to: number;
  marks: IndexRecord[];
}

export class Cursor {
  readonly run: Run;
  readonly #at: Position;
  readonly #wanted: ReadonlySet<StreamNo>;
  #block: IndexRecord[] = [];
  #blockAt = 0;
  /** Records from this number on are not read (a snapshot); Infinity to follow. */
  readonly #limit: number;

  constructor(run: Run, opts: { at: Position; wanted: ReadonlySet<StreamNo>; limit?: number }) {
    this.run = run;
    this.#at = { record: opts.at.record, offsets: [...opts.at.offsets] };
    this.#wanted = opts.wanted;
    this.#limit = opts.limit ?? Number.POSITIVE_INFINITY;
  }

  /** The next piece of at most `max` bytes that is on disk; null when caught up. */
  async next(max: number): Promise<Piece | null> {
    let piece: Piece | null = null;
    for (;;) {
      const record = await this.#peek();
      if (!record) return piece ?? this.#remainder(max);
      const { stream } = record;
      if (piece && piece.stream !== stream && this.#wanted.has(stream)) return piece;
      const from = Math.max(this.#at.offsets[stream], this.run.kept(stream));
      if (!this.#wanted.has(stream) || record.end <= from) {
        this.#at.offsets[stream] = Math.max(from, record.end);
        this.#advance();
        continue;
      }
      if (piece && piece.to !== from) return piece;
      piece ??= { stream, from, to: from, marks: [] };
      const to = Math.min(record.end, piece.from + max);
      piece.marks.push(record);
      piece.to = to;
      this.#at.offsets[stream] = to;
      if (to < record.end) return piece;
      this.#advance();
      if (to - piece.from === max) return piece;
    }
  }

  /** Reads bytes of the run's stream into `buffer` from `at` on; all of them, as the index promised them. */
  async read(stream: StreamNo, from: number, to: number, buffer: Buffer, at: number): Promise<number> {
    const fd = this.run.fds[stream];
    let done = 0;
    while (from + done < to) {
      const left = to - from - done;
      const got: number =
        left <= SYNC_READ
          ? readSync(fd, buffer, at + done, left, from + done)
          : (await readAsync(fd, buffer, at + done, left, from + done)).bytesRead;
      if (got === 0) break;
      done += got;
    }
    return done;
  }

  /**
   * Bytes of an ended run that no record from our beginning on covers: a last line without its end, from before the place
   * where we began.
   */
  #remainder(max: number): Piece | null {
    const { index, phase, ends } = this.run;
    const newest = index.peek(index.count - 1);
    if (phase !== 'ended' || this.#at.record < index.count || !newest) return null;
    for (const stream of [1, 2] as const) {
      const from = Math.max(this.#at.offsets[stream], this.run.kept(stream));
      if (!this.#wanted.has(stream) || from >= ends[stream]) continue;
      const to = Math.min(ends[stream], from + max);
      this.#at.offsets[stream] = to;
      return { stream, from, to, marks: [{ ...newest, stream, start: from, end: ends[stream] }] };
    }
    return null;
  }

  #advance(): void {
    this.#at.record += 1;
  }

  async #peek(): Promise<IndexRecord | null> {
    const at = this.#at.record;
    if (at >= this.#limit) return null;
    if (at < this.#blockAt || at >= this.#blockAt + this.#block.length) {
      this.#block = await this.run.index.load(at);
      this.#blockAt = at;
    }
    return this.#block[at - this.#blockAt] ?? null;
  }
}

/** The beginning of what a run has kept. */
export function beginning(run: Run): Position {
  return { record: run.index.startRecord, offsets: [0, run.kept(1), run.kept(2)] };
}

/** The end of what the index covers. */
export function presentEnd(run: Run): Position {
  return { record: run.index.count, offsets: [...run.ends] };
}
