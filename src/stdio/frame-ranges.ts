// Takes a mux1 stream apart without touching the output in it: runs of output frames go on whole, header and all.
import { FRAME, MAX_FRAME } from '#lib/docker-vm/stdio.ts';

/** Where the parts go. */
export interface RangeSink {
  /** Bytes of one or many stdout and stderr frames, headers included: exactly what Docker's stdcopy format wants. */
  output(range: Buffer): void;
  /** A whole control frame. */
  control(type: number, payload: Buffer): void;
}

/** For a client that gets both streams and no terminal; everyone else uses FrameDecoder. Throws RangeError on a frame over MAX_FRAME. */
export class FrameRanges {
  readonly #sink: RangeSink;
  readonly #head = Buffer.allocUnsafe(8);
  #headFill = 0;
  #left = 0;
  /** Type of the control frame being collected; 0 while in output. */
  #controlType = 0;
  #control: Buffer[] = [];

  constructor(sink: RangeSink) {
    this.#sink = sink;
  }

  push(chunk: Buffer): void {
    let at = 0;
    let start = 0;
    const flush = (): void => {
      if (at > start) this.#sink.output(chunk.subarray(start, at));
    };
    while (at < chunk.length) {
      if (this.#left > 0) {
        const end = Math.min(at + this.#left, chunk.length);
        this.#left -= end - at;
        if (this.#controlType !== 0) {
          this.#control.push(chunk.subarray(at, end));
          start = end;
          this.#endControl();
        }
        at = end;
      } else if (this.#headFill === 0 && chunk.length - at >= 8) {
        const type = chunk[at]!;
        if (!isOutput(type)) {
          flush();
          start = at + 8;
        }
        this.#open(type, chunk.readUInt32BE(at + 4));
        at += 8;
      } else {
        flush();
        const taken = chunk.copy(this.#head, this.#headFill, at, at + 8 - this.#headFill);
        this.#headFill += taken;
        at += taken;
        start = at;
        if (this.#headFill === 8) this.#openSplit();
      }
    }
    flush();
  }

  /** A header that came in two pieces. */
  #openSplit(): void {
    this.#headFill = 0;
    const type = this.#head[0]!;
    if (isOutput(type)) this.#sink.output(Buffer.from(this.#head));
    this.#open(type, this.#head.readUInt32BE(4));
  }

  #open(type: number, length: number): void {
    if (length > MAX_FRAME) throw new RangeError(`stdio frame of ${length} bytes`);
    this.#left = length;
    this.#controlType = isOutput(type) ? 0 : type;
    this.#control = [];
    this.#endControl();
  }

  #endControl(): void {
    if (this.#controlType === 0 || this.#left > 0) return;
    this.#sink.control(this.#controlType, Buffer.concat(this.#control));
    this.#controlType = 0;
  }
}

function isOutput(type: number): boolean {
  return type === FRAME.stdout || type === FRAME.stderr;
}
