// Cuts output into lines, one Docker frame each, into large buffers: the inner loop of `docker logs`.
import { FRAME } from '#lib/docker-vm/stdio.ts';
import type { BufferPool } from './buffer-pool.ts';
import type { Piece } from './cursor.ts';
import { putHeader } from './raw-stream.ts';
import type { StreamNo } from './run-index.ts';
import { compareStamps, formatStamp, type Stamp } from './wall-clock.ts';

/** Longer lines travel in pieces of this size, as dockerd's do. */
export const MAX_LINE = 16 * 1024;

const LF = 10;
/** "2026-11-24T04:02:12.123456789Z " */
const STAMP_BYTES = 31;
/** Longer details are cut: with a line and its stamp they have to fit into a buffer. */
const MAX_DETAILS = 64 * 1024;
/** Room that one frame may need, besides its details. */
const RESERVE = 8 + STAMP_BYTES + MAX_LINE + 1;

/** A line without its end yet. */
interface Partial {
  bytes: Buffer;
  length: number;
  /** The beginning of this line is already sent. */
  continued: boolean;
  stamp: Buffer | null;
  /** What there is of it so far came before the time from which on lines are wanted. */
  early: boolean;
}

/**
 * Feed pieces in index order; frames go to `send`, which resolves when the buffer may be reused. Unfinished lines are kept
 * back until their end comes, they reach 16 KiB, or flush().
 */
export class LineFramer {
  readonly #timestamps: boolean;
  readonly #since: Stamp | null;
  readonly #details: Buffer;
  readonly #reserve: number;
  readonly #buffers: BufferPool;
  readonly #send: (frames: Buffer) => Promise<boolean>;
  readonly #partials: [null, Partial, Partial];
  #out: Buffer;
  #fill = 0;
  /** The send on its way, with the buffer that it uses. */
  #sending: Promise<boolean> = Promise.resolve(true);
  #stampFor = '';
  #stamp: Buffer = Buffer.alloc(0);

  constructor(opts: {
    timestamps: boolean;
    /** Text between time stamp and line. */
    details?: string;
    /** Lines whose end came before are left out. */
    since?: Stamp | null;
    buffers: BufferPool;
    send: (frames: Buffer) => Promise<boolean>;
  }) {
    this.#timestamps = opts.timestamps;
    this.#since = opts.since ?? null;
    this.#details = Buffer.from(opts.details ?? '').subarray(0, MAX_DETAILS);
    this.#reserve = RESERVE + this.#details.length;
    this.#buffers = opts.buffers;
    this.#send = opts.send;
    this.#partials = [null, emptyPartial(), emptyPartial()];
    this.#out = opts.buffers.take();
  }

  /** Frames the lines of a piece whose bytes are `data`. False when the client is gone. */
  async feed(piece: Piece, data: Buffer): Promise<boolean> {
    if (piece.skipped) this.#forget(piece.stream);
    let at = 0;
    while (at < data.length) {
      at = this.#cut(piece, data, at);
      if (this.#fill + this.#reserve > this.#out.length && !(await this.#turn())) return false;
    }
    return true;
  }

  /** The run is over: what has no line end goes out as it is. */
  async flush(): Promise<boolean> {
    for (const stream of [1, 2] as const) {
      const partial = this.#partials[stream];
      if (partial.length > 0) this.#line(partial.early, stream, partial.bytes, 0, 0);
      partial.continued = false;
      if (this.#fill + this.#reserve > this.#out.length && !(await this.#turn())) return false;
    }
    return true;
  }

  /** Sends what is ready; resolves when it is on its way entirely. False when the client is gone. */
  async drain(): Promise<boolean> {
    if (this.#fill > 0 && !(await this.#turn())) return false;
    return this.#sending;
  }

  /** Gives the buffers back. */
  async close(): Promise<void> {
    await this.#sending;
    this.#buffers.give(this.#out);
  }

  /** The rest of a line that was begun is lost: what follows is another line. */
  #forget(stream: StreamNo): void {
    const partial = this.#partials[stream];
    partial.length = 0;
    partial.continued = false;
  }

  /** Frames from `at` until the data or the output buffer is at its end; returns where it stopped. */
  #cut(piece: Piece, data: Buffer, from: number): number {
    const { stream, marks } = piece;
    const partial = this.#partials[stream];
    const room = this.#out.length - this.#reserve;
    let at = from;
    let mark = 0;
    while (at < data.length && this.#fill <= room) {
      let end = data.indexOf(LF, at);
      if (end < 0) end = data.length;
      const whole = end < data.length;
      const last = whole ? end : end - 1;
      while (mark < marks.length - 1 && marks[mark]!.end <= piece.from + last) mark++;
      const record = marks[mark]!;
      if (this.#timestamps) this.#stampOf(record.sec, record.nsec);
      const early = this.#since !== null && compareStamps(record, this.#since) < 0;
      const limit = at + MAX_LINE - partial.length;
      if (end - at > limit - at || (end === limit && !whole)) {
        this.#line(early, stream, data, at, limit);
        partial.continued = true;
        at = limit;
      } else if (whole) {
        this.#line(early, stream, data, at, end + 1);
        partial.continued = false;
        at = end + 1;
      } else {
        this.#keep(partial, data, at, end);
        partial.early = early;
        at = end;
      }
    }
    return at;
  }

  /** A frame, or none for a line that came too early. */
  #line(early: boolean, stream: StreamNo, data: Buffer, at: number, end: number): void {
    if (early) this.#partials[stream].length = 0;
    else this.#frame(stream, data, at, end);
  }

  /** One frame: header, time stamp and details, what was kept of the line, then data[at..end]. */
  #frame(stream: StreamNo, data: Buffer, at: number, end: number): void {
    const partial = this.#partials[stream];
    const out = this.#out;
    const head = this.#fill;
    let fill = head + 8;
    if (this.#timestamps && !partial.continued) {
      (partial.length > 0 && at === end ? (partial.stamp ?? this.#stamp) : this.#stamp).copy(out, fill);
      fill += STAMP_BYTES;
    }
    if (!partial.continued) fill += this.#details.copy(out, fill);
    if (partial.length > 0) {
      partial.bytes.copy(out, fill, 0, partial.length);
      fill += partial.length;
      partial.length = 0;
    }
    if (end > at) {
      data.copy(out, fill, at, end);
      fill += end - at;
    }
    putHeader(out, head, stream === 2 ? FRAME.stderr : FRAME.stdout, fill - head - 8);
    this.#fill = fill;
  }

  #keep(partial: Partial, data: Buffer, at: number, end: number): void {
    if (partial.bytes.length === 0) partial.bytes = Buffer.allocUnsafe(MAX_LINE);
    data.copy(partial.bytes, partial.length, at, end);
    partial.length += end - at;
    partial.stamp = this.#stamp;
  }

  #stampOf(sec: number, nsec: number): void {
    const key = `${sec}.${nsec}`;
    if (key === this.#stampFor) return;
    this.#stampFor = key;
    this.#stamp = Buffer.from(`${formatStamp({ sec, nsec })} `, 'latin1');
  }

  /** Sends the filled buffer and takes an empty one; at most one is on its way. */
  async #turn(): Promise<boolean> {
    const full = this.#out;
    const length = this.#fill;
    this.#out = this.#buffers.take();
    this.#fill = 0;
    const before = await this.#sending;
    if (!before) {
      this.#buffers.give(full);
      return false;
    }
    this.#sending = this.#send(full.subarray(0, length)).then((ok) => {
      this.#buffers.give(full);
      return ok;
    });
    return true;
  }
}

function emptyPartial(): Partial {
  return { bytes: Buffer.alloc(0), length: 0, continued: false, stamp: null, early: false };
}
