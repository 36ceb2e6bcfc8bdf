// A docker-exec stream in mux1 frames (lib/docker-vm/stdio.ts): byte-safe, with Docker's own header on output.
import { once } from 'node:events';
import type { Socket } from 'node:net';
import {
  type EndFrame,
  encodeFrame,
  FRAME,
  FrameDecoder,
  frameHeader,
  MAX_FRAME,
} from '#lib/docker-vm/stdio.ts';
import { TritonError } from '#lib/wire/errors.ts';
import type { StdioStream } from './types.ts';

type OnData = (stream: 1 | 2, piece: Buffer) => void | Promise<void>;

export class Mux1Stream implements StdioStream {
  readonly muxSocket: Socket;
  #started: PromiseWithResolvers<{ pid: number }> | null = null;
  #hasStarted: { pid: number } | null = null;
  #stopPeeking: () => void = () => {};

  constructor(socket: Socket) {
    this.muxSocket = socket;
  }

  /**
   * Reading this property begins to look for the first frame, and takes exactly that frame off the socket, so that run() or
   * muxSocket can be used afterwards. A first frame of output also means that the process runs.
   */
  get started(): Promise<{ pid: number }> {
    if (this.#started === null) {
      this.#started = Promise.withResolvers();
      this.#started.promise.catch(() => {});
      if (this.#hasStarted) this.#started.resolve(this.#hasStarted);
      else this.#peek();
    }
    return this.#started.promise;
  }

  async run(onData: OnData): Promise<EndFrame> {
    this.#stopPeeking();
    let end: EndFrame | null = null;
    let pending: Promise<void>[] = [];
    const decoder = new FrameDecoder({
      data: (type, piece) => {
        if (piece.length === 0) return;
        this.#begun({ pid: 0 });
        const busy = onData(type as 1 | 2, piece);
        if (busy !== undefined) pending.push(busy);
      },
      control: (type, payload) => {
        if (type === FRAME.started) this.#begun(parseStarted(payload));
        if (type === FRAME.end) end = parseEnd(payload);
      },
    });
    try {
      for await (const chunk of this.muxSocket) {
        decoder.push(chunk as Buffer);
        if (pending.length > 0) {
          await Promise.all(pending);
          pending = [];
        }
        if (end !== null) return this.#finish(end);
      }
    } catch (err) {
      throw this.#broken(err as Error);
    }
    throw this.#broken();
  }

  writeStdin(piece: Buffer): boolean {
    if (!this.muxSocket.writable) return true;
    this.muxSocket.cork();
    this.muxSocket.write(frameHeader(FRAME.stdin, piece.length));
    const more = this.muxSocket.write(piece);
    this.muxSocket.uncork();
    return more;
  }

  async drain(): Promise<void> {
    await drained(this.muxSocket);
  }

  endStdin(): void {
    this.#control(FRAME.stdinEnd);
  }

  resize(w: number, h: number): void {
    this.#control(FRAME.resize, Buffer.from(JSON.stringify({ w, h })));
  }

  destroy(): void {
    this.muxSocket.destroy();
  }

  #control(type: number, payload?: Uint8Array): void {
    if (this.muxSocket.writable) this.muxSocket.write(encodeFrame(type, payload));
  }

  #begun(how: { pid: number }): void {
    this.#hasStarted ??= how;
    this.#started?.resolve(how);
  }

  #finish(end: EndFrame): EndFrame {
    if (end.error === undefined) this.#begun({ pid: 0 });
    else this.#started?.reject(startError(end));
    return end;
  }

  #broken(cause?: Error): TritonError {
    const err = new TritonError(
      'ServiceUnavailable',
      503,
      'the stream of the container broke off',
      [],
      cause,
    );
    this.#started?.reject(err);
    return err;
  }

  /** Reads the first frame in paused mode, where read(n) gives n bytes or nothing, so nothing behind it is touched. */
  #peek(): void {
    const socket = this.muxSocket;
    let head: Buffer | null = null;
    const stop = (): void => {
      socket.off('readable', look);
      socket.off('close', closed);
      socket.off('end', closed);
      this.#stopPeeking = () => {};
    };
    const giveBack = (): void => {
      if (head !== null) socket.unshift(head);
      head = null;
    };
    const look = (): void => {
      try {
        step();
      } catch (err) {
        // An exception out of an event would end the whole program for one broken peer.
        stop();
        this.#broken(err as Error);
        socket.destroy();
      }
    };
    const step = (): void => {
      head ??= socket.read(8) as Buffer | null;
      if (head === null) return;
      whole(head, 8);
      const type = head[0]!;
      if (type !== FRAME.started && type !== FRAME.end) {
        stop();
        giveBack();
        this.#begun({ pid: 0 });
        return;
      }
      const length = head.readUInt32BE(4);
      if (length > MAX_FRAME) throw new RangeError(`stdio frame of ${length} bytes`);
      const payload = length === 0 ? Buffer.alloc(0) : (socket.read(length) as Buffer | null);
      if (payload === null) return;
      whole(payload, length);
      stop();
      if (type === FRAME.started) {
        this.#begun(parseStarted(payload));
        return;
      }
      const end = parseEnd(payload);
      // run() still wants to see the end.
      socket.unshift(Buffer.concat([head, payload]));
      this.#finish(end);
    };
    const closed = (): void => {
      stop();
      this.#broken();
    };
    this.#stopPeeking = () => {
      stop();
      giveBack();
    };
    socket.on('readable', look);
    socket.once('close', closed);
    socket.once('end', closed);
    look();
  }
}

/** The error that `started` rejects with: Docker's words for a process that could not be run. */
function startError(end: EndFrame): TritonError {
  return new TritonError('VmExecFailed', 500, end.error ?? 'the process could not be started');
}

/** At the end of the stream read(n) gives what there is. */
function whole(bytes: Buffer, length: number): void {
  if (bytes.length < length) throw new RangeError(`${bytes.length} bytes of ${length} of a frame`);
}

function parseEnd(payload: Buffer): EndFrame {
  const end: unknown = JSON.parse(payload.toString());
  if (typeof end !== 'object' || end === null) throw new TypeError('the end frame is no object');
  return end as EndFrame;
}

function parseStarted(payload: Buffer): { pid: number } {
  if (payload.length === 0) return { pid: 0 };
  return { pid: (JSON.parse(payload.toString()) as { pid?: number }).pid ?? 0 };
}

/** Resolves when the socket takes bytes again, or is gone: then whoever reads learns of it. */
export async function drained(socket: Socket): Promise<void> {
  if (!socket.writableNeedDrain || socket.destroyed) return;
  const stop = new AbortController();
  try {
    await Promise.race([
      once(socket, 'drain', { signal: stop.signal }),
      once(socket, 'close', { signal: stop.signal }),
    ]);
  } catch {
    // an error of the socket: it is gone
  } finally {
    stop.abort();
  }
}
