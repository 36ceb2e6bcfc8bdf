// Attach: one client on the console of a container, from the moment of the request to the end of the run.
import type Logger from 'bunyan';
import { encodeFrame, FRAME, type StdioCommand } from '#lib/docker-vm/stdio.ts';
import type { BufferPool } from './buffer-pool.ts';
import { beginning, Cursor, type Position, presentEnd } from './cursor.ts';
import { InputQueue } from './input-queue.ts';
import { streamRaw } from './raw-stream.ts';
import type { Run } from './run.ts';
import type { StreamNo } from './run-index.ts';
import type { Session } from './session.ts';
import type { Size, Wire } from './wire.ts';
import type { Zone } from './zone.ts';

/** An attachment is no log: rotation waits for a slow client until it is this many bytes behind. dockerd would block the container. */
const LAG = 1024 * 1024 * 1024;

/**
 * As dockerd: an attachment belongs to the run that goes on, or else to the next one, and ends with it even when the
 * container is started again by its restart policy.
 */
export class AttachSession implements Session {
  readonly #zone: Zone;
  readonly #command: StdioCommand;
  readonly #buffers: BufferPool;
  readonly #log: Logger;
  readonly #run: Promise<Run | null>;
  /** Live output, held from the moment of the request. */
  readonly #live: Promise<Cursor | null>;
  readonly #wanted = new Set<StreamNo>();
  readonly #cancel = new AbortController();
  /** Where live output begins: taken at the request, so that nothing is lost before the client has connected. */
  readonly #start: Position | null;
  /** The runs that a replay shows. */
  readonly #past: number[];
  #detached = false;

  constructor(opts: { zone: Zone; command: StdioCommand; buffers: BufferPool; log: Logger }) {
    this.#zone = opts.zone;
    this.#command = opts.command;
    this.#buffers = opts.buffers;
    this.#log = opts.log;
    const active = opts.zone.active;
    active?.run.scan();
    if (this.#command.AttachStdout) this.#wanted.add(1);
    if (this.#command.AttachStderr) this.#wanted.add(2);
    this.#past = opts.command.Replay ? opts.zone.runs.numbers() : [];
    this.#start = active ? presentEnd(active.run) : null;
    this.#run = active
      ? Promise.resolve(active.run.acquire())
      : opts.command.Stream === false
        ? Promise.resolve(null)
        : opts.zone.nextRun(this.#cancel.signal);
    this.#live = this.#run.then((run) => (run && opts.command.Stream !== false ? this.#follow(run) : null));
    this.#live.catch(() => undefined);
  }

  connect(wire: Wire): void {
    this.#listen(wire);
    this.#serve(wire)
      .catch((err: unknown) => this.#log.error({ err }, 'attach failed'))
      .finally(() => {
        this.#release();
        wire.end({ code: null, signal: null });
      });
  }

  expire(): void {
    this.#release();
  }

  #release(): void {
    this.#cancel.abort();
    this.#live.then((cursor) => cursor?.run.unhold(cursor)).catch(() => undefined);
    this.#run.then((run) => run?.release()).catch(() => undefined);
  }

  #follow(run: Run): Cursor {
    const cursor = new Cursor(run, { at: this.#start ?? beginning(run), wanted: this.#wanted });
    run.hold(cursor, LAG);
    return cursor;
  }

  async #serve(wire: Wire): Promise<void> {
    const { Replay, Stream } = this.#command;
    const common = { wire, buffers: this.#buffers, stopped: () => this.#detached };
    if (Replay && !(await this.#replay(wire))) return;
    if (Stream === false) return;
    const [run, cursor] = [await this.#run, await this.#live];
    if (!run || !cursor || wire.gone || this.#detached) return;
    while (run.phase === 'begun' && !run.closed && !this.#detached) await run.changed.wait();
    await wire.send(encodeFrame(FRAME.started, Buffer.from('{}')));
    await streamRaw({ ...common, cursor, follow: true });
  }

  /** The whole log so far, up to where live output begins. */
  async #replay(wire: Wire): Promise<boolean> {
    const live = this.#start ? await this.#run : null;
    for (const number of this.#past) {
      const run = await this.#zone.runs.open(number);
      if (!run) continue;
      const limit = run === live ? this.#start?.record : run.index.count;
      const cursor = new Cursor(run, {
        at: beginning(run),
        wanted: this.#wanted,
        limit: limit ?? run.index.count,
      });
      const whole = await streamRaw({
        cursor,
        wire,
        buffers: this.#buffers,
        follow: false,
        stopped: () => this.#detached,
      });
      run.release();
      if (!whole) return false;
      if (run === live) break;
    }
    return true;
  }

  #listen(wire: Wire): void {
    const queue = new InputQueue(wire);
    const stdin = async () => {
      const run = this.#command.AttachStdin ? await this.#run : null;
      return run ? this.#zone.stdinOf(run) : null;
    };
    const ended = async () => {
      if (await (await stdin())?.clientEnded()) await this.#detach();
    };
    wire.listen({
      stdin: (piece) => queue.push(async () => (await stdin())?.write(piece)),
      stdinEnd: () => queue.push(ended),
      resize: (size: Size) => this.#zone.resize(size).catch(() => undefined),
      gone: () => {
        queue.push(ended);
        this.#detach().catch(() => undefined);
      },
    });
  }

  /** Ends the attachment, not the run: wakes the stream if it waits for output. */
  async #detach(): Promise<void> {
    this.#detached = true;
    this.#cancel.abort();
    (await this.#run)?.changed.notify();
  }
}
