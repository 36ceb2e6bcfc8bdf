// Where in a request body the bytes read so far end, in HTTP's own framing: what it takes to let somebody else read on.

/** What is still to come of a body. */
export interface BodyRest {
  /** The body comes in chunks; else `left` is all. */
  chunked: boolean;
  /** Bytes of the current chunk that have not been read yet. */
  left: number;
  /** Nothing is left: what has been read of the line that ends this chunk and begins the next. */
  text: string;
}

const LINE_FEED = 10;
/** Longest line between two chunks that is followed (bytes); HTTP's parser allows as much for extensions. */
const MAX_LINE = 16 * 1024;
/** The end of a chunk and the size of the next, which may have extensions. */
const LINE = /^\r\n([0-9a-fA-F]{1,13})(?:[ \t;][^\n]*)?\r\n/;

export class BodyCursor {
  #chunked: boolean;
  #left: number;
  #text = '';
  #lost = false;
  #bytes = 0;
  #chunks = 0;

  /** `length` null: the body comes in chunks. */
  constructor(length: number | null) {
    this.#chunked = length === null;
    this.#left = length ?? 0;
    // The first size stands alone; with the end of a chunk before it, it is a line as all the others.
    if (this.#chunked) this.#text = '\r\n';
  }

  /** Takes note of raw bytes, in the order in which they came. */
  push(raw: Buffer): void {
    for (let at = 0; at < raw.length && !this.#lost; ) {
      if (this.#left > 0) {
        const some = Math.min(this.#left, raw.length - at);
        this.#left -= some;
        this.#bytes += some;
        at += some;
      } else at = this.#line(raw, at);
    }
  }

  /** null at the end of the body, or when what came is not understood. */
  rest(): BodyRest | null {
    if (this.#lost || (!this.#chunked && this.#left === 0)) return null;
    return { chunked: this.#chunked, left: this.#left, text: this.#text };
  }

  /** How long a chunk is on average (bytes). */
  get meanChunk(): number {
    return this.#chunked ? this.#bytes / Math.max(this.#chunks, 1) : Number.POSITIVE_INFINITY;
  }

  /** Reads on in the line between two chunks; gives where it ends, or the end of `raw`. */
  #line(raw: Buffer, at: number): number {
    const end = this.#chunked ? raw.indexOf(LINE_FEED, at) : -1;
    const stop = end === -1 ? raw.length : end + 1;
    this.#text += raw.toString('latin1', at, stop);
    if (this.#text === '\r\n') return stop;
    const size = LINE.exec(this.#text);
    if (size) {
      this.#left = Number.parseInt(size[1]!, 16);
      this.#text = '';
      this.#chunks++;
      // Of what follows the last chunk there is nothing to hand over.
      this.#lost = this.#left === 0;
    } else this.#lost = end !== -1 || !this.#chunked || this.#text.length > MAX_LINE;
    return stop;
  }
}
