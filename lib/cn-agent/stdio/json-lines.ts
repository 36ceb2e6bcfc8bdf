// The real agent's stream protocol (triton-wire §3.2) for a client that did not ask for mux1: JSON lines over a TCP port.
import type { Socket } from 'node:net';
import { createInterface } from 'node:readline';
import { type EndFrame, FRAME, FrameDecoder } from '#lib/docker-vm/stdio.ts';
import { serveOnce } from './serve-once.ts';
import type { Session } from './session.ts';
import { type InputSink, parseSize, type Wire } from './wire.ts';

/** How the stream differs by command. */
export interface JsonLinesMode {
  /** Output is called 'tty'. */
  tty: boolean;
  /** Logs end by closing, without an `end` line. */
  logs: boolean;
}

/** Listens on a free loopback port for the client. Resolves with the port. */
export function serveJsonLines(session: Session, mode: JsonLinesMode): Promise<number> {
  return serveOnce({
    connect: (socket) => session.connect(new JsonLinesWire(socket, mode)),
    expire: () => session.expire(),
  });
}

/** Turns our frames into lines and the client's lines into input. Text only: the protocol cannot carry other bytes whole. */
export class JsonLinesWire implements Wire {
  readonly #socket: Socket;
  readonly #mode: JsonLinesMode;
  readonly #decoder: FrameDecoder;
  #lines: string[] = [];
  #ended = false;
  #gone = false;
  #sink: InputSink | null = null;

  constructor(socket: Socket, mode: JsonLinesMode) {
    this.#socket = socket;
    this.#mode = mode;
    this.#decoder = new FrameDecoder({
      data: (type, piece) => {
        const name = mode.tty ? 'tty' : type === FRAME.stderr ? 'stderr' : 'stdout';
        if (piece.length > 0) this.#lines.push(line({ type: name, data: piece.toString() }));
      },
      control: () => undefined,
    });
    socket.on('error', () => this.#lose());
    socket.on('close', () => this.#lose());
  }

  get gone(): boolean {
    return this.#gone;
  }

  send(frames: Buffer, more?: Buffer): Promise<boolean> {
    if (this.#gone || this.#ended) return Promise.resolve(false);
    this.#decoder.push(frames);
    if (more) this.#decoder.push(more);
    const text = this.#lines.join('');
    this.#lines = [];
    if (text === '') return Promise.resolve(true);
    return new Promise((resolve) => {
      this.#socket.write(text, (err) => resolve(!err));
    });
  }

  end(frame: EndFrame): void {
    if (this.#gone || this.#ended) return;
    this.#ended = true;
    // The real protocol has no word for a failed start: its text goes where dockerexec's own complaints go.
    if (frame.error) this.#socket.write(line({ type: 'stderr', data: `${frame.error}\n` }));
    const { code, signal } = frame;
    if (this.#mode.logs) this.#socket.end();
    else this.#socket.end(line({ type: 'end', data: { code, signal } }));
    this.#socket.resume();
  }

  listen(sink: InputSink): void {
    this.#sink = sink;
    const lines = createInterface({ input: this.#socket, crlfDelay: Number.POSITIVE_INFINITY });
    lines.on('line', (text) => this.#take(text, sink));
    lines.on('error', () => this.#socket.destroy());
    this.#socket.on('end', () => this.#socket.destroy());
  }

  pauseInput(): void {
    this.#socket.pause();
  }

  resumeInput(): void {
    this.#socket.resume();
  }

  #take(text: string, sink: InputSink): void {
    const message = parseLine(text);
    if (this.#ended) return;
    if (message?.type === 'end') sink.stdinEnd();
    else if (message?.type === 'stdin' && typeof message.data === 'string')
      sink.stdin(Buffer.from(message.data));
    else if (message?.type === 'tty') {
      if (typeof message.data === 'string') sink.stdin(Buffer.from(message.data));
      const size = message.resize ? parseSize(JSON.stringify(message.resize)) : null;
      if (size) sink.resize(size);
    } else this.#socket.destroy();
  }

  #lose(): void {
    if (this.#gone) return;
    this.#gone = true;
    this.#socket.destroy();
    if (!this.#ended) this.#sink?.gone();
  }
}

function line(message: object): string {
  return `${JSON.stringify(message)}\r\n`;
}

function parseLine(text: string): { type?: string; data?: unknown; resize?: unknown } | null {
  try {
    const message: unknown = JSON.parse(text);
    return typeof message === 'object' ? message : null;
  } catch {
    return null;
  }
}
