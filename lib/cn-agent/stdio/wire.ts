// One client's connection, as sessions see it: framed bytes out, decoded input in, with back-pressure both ways.
import type { Socket } from 'node:net';
import { type EndFrame, encodeFrame, FRAME, FrameDecoder } from '#lib/docker-vm/stdio.ts';

export interface Size {
  w: number;
  h: number;
}

/** What a client sends. */
export interface InputSink {
  stdin(piece: Buffer): void;
  stdinEnd(): void;
  resize(size: Size): void;
  /** The client left without being told the end; called at most once. */
  gone(): void;
}

export interface Wire {
  readonly gone: boolean;
  /** Whole frames, in one piece or two. Resolves when the bytes may be overwritten: true, or false when the client is gone. */
  send(frames: Buffer, more?: Buffer): Promise<boolean>;
  /** The `end` frame, then FIN. */
  end(frame: EndFrame): void;
  /** Begins to read what the client sends. */
  listen(sink: InputSink): void;
  pauseInput(): void;
  resumeInput(): void;
}

/** The mux1 framing on a connected socket; `early` is what came behind the token. */
export class MuxWire implements Wire {
  readonly #socket: Socket;
  readonly #early: Buffer;
  #ended = false;
  #gone = false;
  #stdinEnded = false;
  #sink: InputSink | null = null;

  constructor(socket: Socket, early: Buffer) {
    this.#socket = socket;
    this.#early = early;
    socket.on('error', () => this.#lose());
    socket.on('close', () => this.#lose());
  }

  get gone(): boolean {
    return this.#gone;
  }

  send(frames: Buffer, more?: Buffer): Promise<boolean> {
    if (this.#gone || this.#ended) return Promise.resolve(false);
    return new Promise((resolve) => {
      const done = (err?: Error | null) => resolve(!err);
      if (!more) {
        this.#socket.write(frames, done);
        return;
      }
      this.#socket.cork();
      this.#socket.write(frames);
      this.#socket.write(more, done);
      this.#socket.uncork();
    });
  }

  end(frame: EndFrame): void {
    if (this.#gone || this.#ended) return;
    this.#ended = true;
    this.#socket.end(encodeFrame(FRAME.end, Buffer.from(JSON.stringify(frame))));
    // What the client still sends is of no interest, but unread it would keep the socket from closing.
    this.#socket.resume();
  }

  listen(sink: InputSink): void {
    this.#sink = sink;
    const decoder = new FrameDecoder({
      data: (type, piece) => {
        if (type === FRAME.stdin && piece.length > 0 && !this.#stdinEnded && !this.#ended) sink.stdin(piece);
      },
      control: (type, payload) => this.#control(type, payload, sink),
    });
    const take = (chunk: Buffer) => {
      try {
        decoder.push(chunk);
      } catch {
        this.#socket.destroy();
      }
    };
    this.#socket.on('data', take);
    // A daemon that died sends FIN too: only after a proper end of stdin it may be a mere half-close.
    this.#socket.on('end', () => {
      if (!this.#stdinEnded && !this.#ended) this.#socket.destroy();
    });
    // Before the early bytes: they may make the sink pause us, and that must last.
    this.#socket.resume();
    if (this.#early.length > 0) take(this.#early);
    if (this.#gone) sink.gone();
  }

  pauseInput(): void {
    this.#socket.pause();
  }

  resumeInput(): void {
    this.#socket.resume();
  }

  #control(type: number, payload: Buffer, sink: InputSink): void {
    if (this.#ended) return;
    if (type === FRAME.stdinEnd && !this.#stdinEnded) {
      this.#stdinEnded = true;
      sink.stdinEnd();
    } else if (type === FRAME.resize) {
      const size = parseSize(payload.toString());
      if (size) sink.resize(size);
    }
  }

  #lose(): void {
    if (this.#gone) return;
    this.#gone = true;
    this.#socket.destroy();
    if (!this.#ended) this.#sink?.gone();
  }
}

/** {w, h} as positive 16-bit numbers, or null. */
export function parseSize(text: string): Size | null {
  try {
    const { w, h } = JSON.parse(text) as Size;
    const fits = (n: unknown) => Number.isInteger(n) && (n as number) >= 0 && (n as number) <= 65535;
    return fits(w) && fits(h) ? { w, h } : null;
  } catch {
    return null;
  }
}
