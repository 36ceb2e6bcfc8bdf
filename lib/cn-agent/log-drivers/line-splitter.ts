// Output as messages: one for each line, several for a line over 16 KiB, as dockerd's copier makes them.
import { randomBytes } from 'node:crypto';
import type { Piece } from '#lib/cn-agent/stdio/cursor.ts';
import { MAX_LINE } from '#lib/cn-agent/stdio/line-framer.ts';
import type { StreamNo } from '#lib/cn-agent/stdio/run-index.ts';
import type { LogMessage } from './types.ts';

const LF = 10;

/** A long line of which pieces have gone out: all bear the time of the first. */
export interface LongLine {
  id: string;
  /** Of the next piece. */
  ordinal: number;
  sec: number;
  nsec: number;
}

/** What has gone into messages: bytes by stream number, and lines that are half-way. */
export interface SplitState {
  offsets: [number, number, number];
  long: [null, LongLine | null, LongLine | null];
}

export class LineSplitter {
  readonly #offsets: [number, number, number];
  readonly #long: SplitState['long'];
  /** The beginnings of lines whose ends have not come. */
  readonly #open: [Buffer, Buffer, Buffer] = [EMPTY, EMPTY, EMPTY];
  /** The time of what is open. */
  #openTimes: [Time, Time, Time] = [NEVER, NEVER, NEVER];

  constructor(from: SplitState) {
    this.#offsets = [...from.offsets];
    this.#long = [null, from.long[1], from.long[2]];
  }

  /** Where to go on when all messages so far have been delivered. */
  get state(): SplitState {
    return { offsets: [...this.#offsets], long: [null, this.#long[1], this.#long[2]] };
  }

  /** The messages that a piece completes. They point into `data`. */
  feed({ stream, from, marks, skipped }: Piece, data: Buffer): LogMessage[] {
    if (skipped) this.#forget(stream, from);
    const messages: LogMessage[] = [];
    let mark = 0;
    let at = 0;
    while (at < data.length) {
      const lf = data.indexOf(LF, at);
      const end = lf < 0 ? data.length : lf;
      while (mark < marks.length - 1 && marks[mark]!.end <= from + Math.min(end, data.length - 1)) mark++;
      const time = marks[mark] ?? NEVER;
      const room = MAX_LINE - this.#open[stream].length;
      if (end - at > room || (end - at === room && lf < 0)) {
        messages.push(this.#message(stream, data.subarray(at, at + room), time, 'piece'));
        at += room;
      } else if (lf >= 0) {
        messages.push(this.#message(stream, data.subarray(at, end), time, 'end'));
        at = end + 1;
        this.#offsets[stream] += 1;
      } else {
        this.#open[stream] = Buffer.concat([this.#open[stream], data.subarray(at)]);
        this.#openTimes[stream] = time;
        at = data.length;
      }
    }
    return messages;
  }

  /** The run is over: what has no line end goes out as a piece without a last one, as with dockerd. */
  flush(): LogMessage[] {
    return ([1, 2] as const)
      .filter((stream) => this.#open[stream].length > 0)
      .map((stream) => this.#message(stream, EMPTY, this.#openTimes[stream], 'piece'));
  }

  #message(stream: StreamNo, data: Buffer, time: Time, kind: 'piece' | 'end'): LogMessage {
    const open = this.#open[stream];
    const line = open.length === 0 ? data : Buffer.concat([open, data]);
    this.#open[stream] = EMPTY;
    this.#offsets[stream] += line.length;
    const { sec, nsec } = time;
    const long = this.#long[stream] ?? { id: randomBytes(32).toString('hex'), ordinal: 1, sec, nsec };
    if (kind === 'end' && this.#long[stream] === null) return { stream, sec, nsec, line, partial: null };
    this.#long[stream] = kind === 'end' ? null : { ...long, ordinal: long.ordinal + 1 };
    const partial = { id: long.id, ordinal: long.ordinal, last: kind === 'end' };
    return { stream, sec: long.sec, nsec: long.nsec, line, partial };
  }

  /** Rotation was faster: what comes is another line. */
  #forget(stream: StreamNo, from: number): void {
    this.#open[stream] = EMPTY;
    this.#long[stream] = null;
    this.#offsets[stream] = from;
  }
}

type Time = { sec: number; nsec: number };
const NEVER: Time = { sec: 0, nsec: 0 };
const EMPTY = Buffer.alloc(0);
