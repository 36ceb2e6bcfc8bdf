// A docker-exec stream as the real cn-agent speaks it: JSON lines of UTF-8 text (triton-wire §3.2).
import type { Socket } from 'node:net';
import { StringDecoder } from 'node:string_decoder';
import type { EndFrame } from '#lib/docker-vm/stdio.ts';
import { TritonError } from '#lib/wire/errors.ts';
import { linesOf } from './lines.ts';
import { drained } from './stdio-mux1.ts';
import type { StdioStream } from './types.ts';

type OnData = (stream: 1 | 2, piece: Buffer) => void | Promise<void>;
interface Line {
  type?: string;
  data?: unknown;
}

/** A longer line is a broken or hostile peer; the real one sends at most a pipe's buffer, escaped. Characters. */
const MAX_LINE = 16 * 1024 * 1024;

export class JsonLinesStream implements StdioStream {
  readonly muxSocket = null;
  /** The real agent has set the process up before it announces the port, and tells no pid. */
  readonly started = Promise.resolve({ pid: 0 });
  readonly #socket: Socket;
  readonly #stdinText = new StringDecoder('utf8');

  constructor(socket: Socket) {
    this.#socket = socket;
  }

  /** A stream of logs has no end line: its EOF is the end, with code null. */
  async run(onData: OnData): Promise<EndFrame> {
    try {
      for await (const lines of linesOf(this.#socket, MAX_LINE)) {
        for (const line of lines) {
          const end = await take(line, onData);
          if (end !== null) return end;
        }
      }
      return { code: null, signal: null };
    } catch (err) {
      throw new TritonError(
        'ServiceUnavailable',
        503,
        'the stream of the container broke off',
        [],
        err as Error,
      );
    }
  }

  writeStdin(piece: Buffer): boolean {
    const data = this.#stdinText.write(piece);
    return data === '' ? true : this.#send({ type: 'stdin', data });
  }

  async drain(): Promise<void> {
    await drained(this.#socket);
  }

  /** A line, not a FIN: the real agent takes a half-close for a client that went away. */
  endStdin(): void {
    const data = this.#stdinText.end();
    if (data !== '') this.#send({ type: 'stdin', data });
    this.#send({ type: 'end' });
  }

  resize(w: number, h: number): void {
    this.#send({ type: 'tty', resize: { w, h } });
  }

  destroy(): void {
    this.#socket.destroy();
  }

  #send(line: object): boolean {
    if (!this.#socket.writable) return true;
    return this.#socket.write(`${JSON.stringify(line)}\r\n`);
  }
}

async function take(text: string, onData: OnData): Promise<EndFrame | null> {
  if (text.trim() === '') return null;
  const line = JSON.parse(text) as Line;
  if (line.type === 'end') {
    const data = (line.data ?? {}) as Partial<EndFrame>;
    return { code: data.code ?? null, signal: data.signal ?? null };
  }
  if (line.type === 'stdout' || line.type === 'stderr' || line.type === 'tty') {
    await onData(line.type === 'stderr' ? 2 : 1, Buffer.from(String(line.data ?? '')));
  }
  return null;
}
