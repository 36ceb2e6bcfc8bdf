// Logs: what a container has printed, line by line, over all its runs, for one client.
import type Logger from 'bunyan';
import { FRAME, type StdioCommand } from '#lib/docker-vm/stdio.ts';
import { BUFFER_SIZE, type BufferPool, HEADER } from './buffer-pool.ts';
import { Cursor, type Piece } from './cursor.ts';
import { LineFramer } from './line-framer.ts';
import { extentOf, findSince, findTail, type LogStart, laterStart, type Snapshot } from './log-position.ts';
import { putHeader } from './raw-stream.ts';
import type { Run } from './run.ts';
import type { StreamNo } from './run-index.ts';
import type { Session } from './session.ts';
import { compareStamps, parseStamp, type Stamp } from './wall-clock.ts';
import type { Wire } from './wire.ts';
import type { Zone } from './zone.ts';

/** Rotation waits for who reads the log once until it is this many bytes behind: dockerd keeps the files for such a reader, too. */
const PATIENCE = 1024 * 1024 * 1024;

const BOTH: ReadonlySet<StreamNo> = new Set([1, 2] as const);

/** The parsed request. */
export interface LogQuery {
  tail: number | null;
  follow: boolean;
  timestamps: boolean;
  since: Stamp | null;
  until: Stamp | null;
  wanted: ReadonlySet<StreamNo>;
  /** Goes in front of each line, behind its time stamp. */
  details: string;
}

/** Throws RangeError on a bad time. No stream chosen = both, as the real agent's command has no such choice. */
export function parseLogQuery(command: StdioCommand, details = ''): LogQuery {
  const wanted = new Set<StreamNo>();
  if (command.AttachStdout) wanted.add(1);
  if (command.AttachStderr) wanted.add(2);
  if (wanted.size === 0) wanted.add(1).add(2);
  const tail = typeof command.Tail === 'number' && command.Tail >= 0 ? Math.floor(command.Tail) : null;
  return {
    tail,
    follow: command.Follow === true,
    timestamps: command.Timestamps === true,
    since: parseStamp(command.Since),
    until: parseStamp(command.Until),
    wanted,
    details: command.Details === true ? details : '',
  };
}

/**
 * As dockerd: tail counts lines of both streams, then since, until and the choice of streams apply; follow goes on while the
 * run lasts that is active at the request, and ends with it.
 */
export class LogsSession implements Session {
  readonly #zone: Zone;
  readonly #query: LogQuery;
  readonly #buffers: BufferPool;
  readonly #log: Logger;

  constructor(opts: { zone: Zone; query: LogQuery; buffers: BufferPool; log: Logger }) {
    this.#zone = opts.zone;
    this.#query = opts.query;
    this.#buffers = opts.buffers;
    this.#log = opts.log;
  }

  connect(wire: Wire): void {
    wire.listen({
      stdin: () => undefined,
      stdinEnd: () => undefined,
      resize: () => undefined,
      gone: () => this.#zone.active?.run.changed.notify(),
    });
    this.#serve(wire)
      .catch((err: unknown) => this.#log.error({ err }, 'logs failed'))
      .finally(() => wire.end({ code: null, signal: null }));
  }

  expire(): void {}

  async #serve(wire: Wire): Promise<void> {
    const { runs } = this.#zone;
    this.#zone.active?.run.scan();
    const live = this.#zone.active?.run ?? null;
    const numbers = runs.numbers();
    const now = live && { run: live.number, ...extentOf(live, null) };
    // Rotation waits for the whole of it while the place to begin at is looked for, and in the runs before.
    const letGo = now ? this.#keep(live, new Cursor(live, { at: now.from, wanted: BOTH }), live) : () => {};
    try {
      const start = await this.#start(now);
      for (const number of numbers) {
        if (start && number < start.run) continue;
        const run = await runs.open(number);
        if (!run) continue;
        const extent = extentOf(run, now);
        const at = start?.run === number ? start.at : extent.from;
        const limit = this.#follows(run, live) ? {} : { limit: extent.to.record };
        const cursor = new Cursor(run, { at, wanted: this.#query.wanted, ...limit });
        const done = this.#keep(run, cursor, live);
        run.release();
        if (run === live) letGo();
        const more = await this.#send(run, cursor, wire, this.#follows(run, live)).finally(done);
        if (!more) return;
      }
    } finally {
      letGo();
    }
  }

  #follows(run: Run, live: Run | null): boolean {
    return this.#query.follow && run === live;
  }

  /** Keeps a run open, and from being rotated past a reader; what it returns ends that, and does nothing a second time. */
  #keep(run: Run, cursor: Cursor, live: Run | null): () => void {
    run.acquire().hold(cursor, this.#follows(run, live) ? this.#zone.logLag : PATIENCE);
    let kept = true;
    return () => {
      if (!kept) return;
      kept = false;
      run.unhold(cursor);
      run.release();
    };
  }

  async #start(now: Snapshot | null): Promise<LogStart | null> {
    const { tail, since } = this.#query;
    const { runs } = this.#zone;
    const byTail = tail === null ? null : await findTail(runs, tail, now);
    if (!since) return byTail;
    const bySince = await findSince(runs, since, now);
    if (!bySince) return { run: Number.POSITIVE_INFINITY, at: { record: 0, offsets: [0, 0, 0] } };
    return byTail ? laterStart(byTail, bySince) : bySince;
  }

  /** One run. False when nothing more is wanted: the client left, or `until` has passed. */
  async #send(run: Run, cursor: Cursor, wire: Wire, follow: boolean): Promise<boolean> {
    const send = (frames: Buffer) => wire.send(frames);
    const { timestamps, details, since } = this.#query;
    // A tty has no frames toward the client: its bytes need no cutting when nothing goes in front of them.
    const whole = run.tty && !timestamps && details === '' && since === null;
    const framer = new LineFramer({ timestamps, details, since, buffers: this.#buffers, send });
    const buffer = this.#buffers.take();
    try {
      for (;;) {
        const ended = run.phase === 'ended' || run.closed;
        const wait = run.changed.wait();
        const piece = await cursor.next(BUFFER_SIZE - HEADER);
        if (piece) {
          const until = cutAt(piece, this.#query.until);
          const length = await cursor.read(piece, until, buffer, HEADER);
          const ok = whole
            ? await sendWhole(wire, piece, buffer, length)
            : await framer.feed(piece, buffer.subarray(HEADER, HEADER + length));
          if (!ok) return false;
          if (until < piece.to) return !(await framer.drain());
          continue;
        }
        if (ended && !(await framer.flush())) return false;
        if (!(await framer.drain())) return false;
        if (ended || !follow) return true;
        await wait;
        if (wire.gone) return false;
      }
    } finally {
      await framer.close();
      this.#buffers.give(buffer);
    }
  }
}

/** Where a piece must stop so that nothing later than `until` is shown. */
function cutAt(piece: Piece, until: Stamp | null): number {
  if (!until) return piece.to;
  const late = piece.marks.find((mark) => compareStamps(mark, until) > 0);
  return late ? Math.min(piece.to, Math.max(piece.from, late.start)) : piece.to;
}

async function sendWhole(wire: Wire, piece: Piece, buffer: Buffer, length: number): Promise<boolean> {
  putHeader(buffer, 0, piece.stream === 2 ? FRAME.stderr : FRAME.stdout, length);
  return wire.send(buffer.subarray(0, HEADER + length));
}
