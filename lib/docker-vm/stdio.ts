// The binary-safe framing of docker-exec streams that we negotiate; a real agent ignores the request and speaks JSON lines.
//
// Negotiation: the Command of CNAPI docker-exec carries `StdioFraming: 'mux1'`. An agent that knows it answers
// {host, port, framing: 'mux1', path, token}: connect to the unix socket `path`, send the token and LF, then frames both ways.
// An agent that does not answers {host, port} only: connect by TCP and speak JSON lines (triton-wire §3.2).
//
// Frame: 8-byte header [type, 0, 0, 0, length as uint32 big-endian] and payload: for types 1 and 2 exactly Docker's own
// stdcopy header, so that they go to the client untouched. The stream ends with one `end` frame, then FIN; a stream of logs
// also ends with `end`.

export const STDIO_FRAMING = 'mux1';
/** Asked for in docker-copy and docker-stats: the same socket and token, then the real agent's own bytes, without frames. */
export const RAW_FRAMING = 'raw1';

/** Frame types. 0–2 are Docker's stream numbers; tty output travels as 1. */
export const FRAME = {
  /** client → agent: bytes for stdin */
  stdin: 0,
  /** agent → client */
  stdout: 1,
  /** agent → client */
  stderr: 2,
  /** agent → client: payload JSON EndFrame; the last one */
  end: 3,
  /** client → agent: payload JSON {w, h} */
  resize: 4,
  /** client → agent: end of stdin, no payload */
  stdinEnd: 5,
  /** agent → client: the process runs (exec: payload JSON {pid}); sent once, before any output */
  started: 6,
} as const;

/** Payload of the `end` frame. For exec: how the process ended. For attach and logs: code null, the stream is over. */
export interface EndFrame {
  code: number | null;
  signal: string | null;
  /** A failure to run at all, in Docker's words ("OCI runtime exec failed: …"); code is then 126 or 127. */
  error?: string;
}

/** Reply of CNAPI docker-exec (and -copy, -stats). `path` and `token` only with `framing`. */
export interface StdioEndpoint {
  host: string;
  port: number;
  framing?: typeof STDIO_FRAMING | typeof RAW_FRAMING;
  path?: string;
  token?: string;
}

/** The `command` of CNAPI docker-exec: Docker's exec create body with cn-agent's switches (triton-wire §3.2). */
export interface StdioCommand {
  Cmd: string[];
  Container: string;
  AttachStdin?: boolean;
  AttachStdout?: boolean;
  AttachStderr?: boolean;
  Tty?: boolean;
  Detach?: boolean;
  /** Attach to the container's own console. */
  AttachConsole?: boolean;
  /** Read the container's log. */
  Logs?: boolean;
  Tail?: 'all' | number;
  Follow?: boolean;
  Timestamps?: boolean;
  /** Ours: RFC 3339 with nanoseconds, or '' */
  Since?: string;
  Until?: string;
  /** Ours, Logs: what the log options chose of the container, in front of each line (capability `logs_details`). */
  Details?: boolean;
  StdioFraming?: typeof STDIO_FRAMING;
  /** Ours: exec details of the Docker API that the real agent ignores. */
  Env?: string[];
  User?: string;
  WorkingDir?: string;
  Privileged?: boolean;
  /** [rows, columns] */
  ConsoleSize?: [number, number];
  /** Ours: names the exec, so that a later docker-exec-state or resize can find it. 64 hex. */
  ExecId?: string;
  /** Ours: an exec whose client leaves before its end is killed (a health check that took too long). */
  KillWhenGone?: boolean;
  /** Ours, AttachConsole: replay the log from its start before going live (attach?logs=1) */
  Replay?: boolean;
  /** Ours, AttachConsole: false = only replay */
  Stream?: boolean;
}

/** It starts no process: the log, or the container's own console. */
export function isReading(command: StdioCommand): boolean {
  return command.Logs === true || command.AttachConsole === true;
}

/** Ours: POST /servers/:uuid/vms/:uuid/docker-exec-state {ExecId} → this. The agent keeps it ≥ 10 minutes after the exit. */
export interface ExecState {
  ExecId: string;
  Running: boolean;
  ExitCode: number | null;
  Pid: number;
}

/** Makes one frame. */
export function encodeFrame(type: number, payload: Uint8Array = EMPTY): Buffer {
  const frame = Buffer.allocUnsafe(8 + payload.length);
  frame.writeUInt32BE(type * 0x1000000, 0);
  frame.writeUInt32BE(payload.length, 4);
  frame.set(payload, 8);
  return frame;
}

/** The header alone, for a payload that follows in another write. */
export function frameHeader(type: number, length: number): Buffer {
  const head = Buffer.allocUnsafe(8);
  head.writeUInt32BE(type * 0x1000000, 0);
  head.writeUInt32BE(length, 4);
  return head;
}

const EMPTY = new Uint8Array(0);

/** Largest frame a peer may announce (bytes); a larger one is a broken or hostile peer. */
export const MAX_FRAME = 16 * 1024 * 1024;

/** Where frames go as they are taken apart: payload in as many pieces as arrived, never joined. */
export interface FrameSink {
  /** A piece of a data frame (stdin, stdout, stderr): `first` on its first piece, `frameLength` its whole length. */
  data(type: number, piece: Buffer, first: boolean, frameLength: number): void;
  /** A whole control frame (end, resize, stdinEnd, started). */
  control(type: number, payload: Buffer): void;
}

/** Takes apart a stream of frames without copying data. Throws RangeError on a frame over MAX_FRAME. */
export class FrameDecoder {
  readonly #sink: FrameSink;
  readonly #head = Buffer.allocUnsafe(8);
  #headFill = 0;
  #type = 0;
  #left = 0;
  #length = 0;
  #first = false;
  #control: Buffer[] = [];

  constructor(sink: FrameSink) {
    this.#sink = sink;
  }

  push(chunk: Buffer): void {
    let at = 0;
    while (at < chunk.length) {
      if (this.#left === 0) {
        const take = Math.min(8 - this.#headFill, chunk.length - at);
        chunk.copy(this.#head, this.#headFill, at, at + take);
        this.#headFill += take;
        at += take;
        if (this.#headFill < 8) return;
        this.#open();
        continue;
      }
      const piece = chunk.subarray(at, at + this.#left);
      at += piece.length;
      this.#left -= piece.length;
      this.#take(piece);
    }
  }

  #open(): void {
    this.#headFill = 0;
    this.#type = this.#head[0]!;
    this.#length = this.#head.readUInt32BE(4);
    if (this.#length > MAX_FRAME) throw new RangeError(`stdio frame of ${this.#length} bytes`);
    this.#left = this.#length;
    this.#first = true;
    this.#control = [];
    if (this.#length === 0) this.#take(Buffer.alloc(0));
  }

  #take(piece: Buffer): void {
    if (this.#type <= FRAME.stderr) {
      this.#sink.data(this.#type, piece, this.#first, this.#length);
      this.#first = false;
      return;
    }
    this.#control.push(piece);
    if (this.#left === 0) this.#sink.control(this.#type, Buffer.concat(this.#control));
  }
}
