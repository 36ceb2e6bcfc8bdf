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
  /** Rotation was faster than the reader: bytes of this stream just before `from` are lost; `from` begins a line. */
  skipped: boolean;
}

export class Cursor {
  readonly run: Run;
  readonly #at: Position;
  readonly #wanted: ReadonlySet<StreamNo>;
  #block: IndexRecord[] = [];
  #blockAt = 0;
  /** Where the piece in hand begins: what lies before has been read. */
  #held: Position;
  /** Records from this number on are not read (a snapshot); Infinity to follow. */
  readonly #limit: number;

  constructor(run: Run, opts: { at: Position; wanted: ReadonlySet<StreamNo>; limit?: number }) {
    this.run = run;
    this.#at = copyPosition(opts.at);
    this.#held = copyPosition(opts.at);
    this.#wanted = opts.wanted;
    this.#limit = opts.limit ?? Number.POSITIVE_INFINITY;
  }

  /** What the reader has not read yet begins here. */
  get held(): Position {
    return this.#held;
  }

  /** What has not been handed out yet begins here. */
  get position(): Position {
    return copyPosition(this.#at);
  }

  wants(stream: StreamNo): boolean {
    return this.#wanted.has(stream);
  }

  /** The next piece of at most `max` bytes that is on disk; null when caught up. The piece before has been read by now. */
  async next(max: number): Promise<Piece | null> {
    this.#held = copyPosition(this.#at);
    let piece: Piece | null = null;
    for (;;) {
      const record = await this.#peek();
      if (!record) return piece ?? this.#remainder(max);
      const { stream } = record;
      if (piece && piece.stream !== stream && this.#wanted.has(stream)) return piece;
      const from = this.#readable(stream);
      if (!this.#wanted.has(stream) || record.end <= from) {
        this.#at.offsets[stream] = Math.max(from, record.end);
        this.#advance();
        continue;
      }
      if (piece && piece.to !== from) return piece;
      piece ??= { stream, from, to: from, marks: [], skipped: from > this.#at.offsets[stream] };
      const to = Math.min(record.end, piece.from + max);
      piece.marks.push(record);
      piece.to = to;
      this.#at.offsets[stream] = to;
      if (to < record.end) return piece;
      this.#advance();
      if (to - piece.from === max) return piece;
    }
  }

  /**
   * Reads a piece up to `to` into `buffer` from `at` on; all of it, as the index promised it. What rotation gave back meanwhile, zeroes by
   * now, is cut off: the piece then begins later.
   */
  async read(piece: Piece, to: number, buffer: Buffer, at: number): Promise<number> {
    const { stream, from } = piece;
    const done = await this.#fill(piece, to, buffer, at);
    if (this.run.floor(stream) <= from) return done;
    const begin = Math.min(to, this.run.kept(stream));
    piece.from = begin;
    piece.skipped = true;
    const lost = Math.min(done, begin - from);
    buffer.copyWithin(at, at + lost, at + done);
    return done - lost;
  }

  async #fill({ stream, from }: Piece, to: number, buffer: Buffer, at: number): Promise<number> {
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
      const from = this.#readable(stream);
      if (!this.#wanted.has(stream) || from >= ends[stream]) continue;
      const skipped = from > this.#at.offsets[stream];
      const to = Math.min(ends[stream], from + max);
      this.#at.offsets[stream] = to;
      return { stream, from, to, marks: [{ ...newest, stream, start: from, end: ends[stream] }], skipped };
    }
    return null;
  }

  /** Our place, or where the window of rotation begins when our place is on disk no more. */
  #readable(stream: StreamNo): number {
    const at = this.#at.offsets[stream];
    return at < this.run.floor(stream) ? Math.max(at, this.run.kept(stream)) : at;
  }

  #advance(): void {
    this.#at.record += 1;
  }

  async #peek(): Promise<IndexRecord | null> {
    if (this.#at.record < this.run.floorRecord) this.#at.record = this.run.index.startRecord;
    const at = this.#at.record;
    if (at >= this.#limit) return null;
    if (at < this.#blockAt || at >= this.#blockAt + this.#block.length) {
      this.#block = await this.run.index.load(at);
      this.#blockAt = at;
    }
    return this.#block[at - this.#blockAt] ?? null;
  }
}

function copyPosition({ record, offsets }: Position): Position {
  return { record, offsets: [...offsets] };
}

/** The beginning of what a run has kept. */
export function beginning(run: Run): Position {
  return { record: run.index.startRecord, offsets: [0, run.kept(1), run.kept(2)] };
}

/** The end of what the index covers. */
export function presentEnd(run: Run): Position {
  return { record: run.index.count, offsets: [...run.ends] };
}
