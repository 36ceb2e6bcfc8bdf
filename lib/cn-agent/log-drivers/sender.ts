// Sends a container's output to its log driver: one more reader of the files, at its own pace, that nothing waits for.
import { setTimeout as delay, setImmediate as othersTurn } from 'node:timers/promises';
import type Logger from 'bunyan';
import { Cursor } from '#lib/cn-agent/stdio/cursor.ts';
import type { Run } from '#lib/cn-agent/stdio/run.ts';
import { WakeUp } from '#lib/cn-agent/stdio/wake-up.ts';
import type { ZoneRuns } from '#lib/cn-agent/stdio/zone-runs.ts';
import { Delivered } from './delivered.ts';
import { LineSplitter } from './line-splitter.ts';
import { PositionFile, runBeginning, type SenderPosition } from './sender-position.ts';
import type { LogDriver, LogMessage } from './types.ts';

/** Bytes read at once. */
const CHUNK = 64 * 1024;
/** A write that takes longer (ms) means that the receiver does not read. */
const SLOW_MS = 1000;
/** How long the removal of a container waits for its last lines to be sent (ms), and for a receiver that takes none of them. */
const DRAIN_MS = 300_000;
const STUCK_MS = 5000;
/** Failures in a row are told of at the first and then this seldom (ms). */
const COMPLAIN_MS = 60_000;
const STREAMS: ReadonlySet<1 | 2> = new Set([1, 2] as const);

//            messages                     caught up
//   idle ◄──────────────► sending ── failed ──► waiting ──► sending (from what is certainly delivered)
type SenderState = 'idle' | 'sending' | 'waiting';

export interface SenderOptions {
  runs: ZoneRuns;
  /** Of the position file. */
  path: string;
  /** The run that a container begins with, when there is no position yet. */
  firstRun: number;
  /** What has been sent may be dropped. */
  onSent: (run: Run, offsets: readonly [number, number, number]) => void;
  log: Logger;
}

export class LogSender {
  readonly #opts: SenderOptions;
  readonly #file: PositionFile;
  /** There is something to do: a run, another driver, the end. */
  readonly #changed = new WakeUp();
  /** Our state is another. */
  readonly #rested = new WakeUp();
  readonly #stop = new AbortController();
  readonly #ended: Promise<void>;
  #driver: LogDriver;
  /** Connected, as far as we know. */
  #connected: boolean;
  /** It broke while nothing was being sent: the last that was may be lost. */
  #broken = false;
  /** The last batch took long. */
  #slow = false;
  #at: SenderPosition;
  #delivered: Delivered;
  #run: Run | null = null;
  #state: SenderState = 'sending';
  #attempt = 0;
  #complained = 0;

  /** `connected`: the driver's connection stands already. */
  constructor(driver: LogDriver, connected: boolean, opts: SenderOptions) {
    this.#opts = opts;
    this.#file = new PositionFile(opts.path);
    this.#at = this.#file.read() ?? runBeginning(opts.firstRun);
    this.#delivered = new Delivered(this.#at, performance.now());
    this.#driver = driver;
    this.#connected = connected;
    driver.onLost = () => this.#lost();
    this.#ended = this.#serve();
  }

  /** A new start of the container has brought a driver of its own, which knows the container's present name and labels. */
  use(driver: LogDriver, connected: boolean): void {
    this.#driver.onLost = null;
    this.#driver.close();
    this.#driver = driver;
    this.#connected = connected;
    driver.onLost = () => this.#lost();
    this.#attempt = 0;
    this.#changed.notify();
  }

  /** A run has begun or ended. */
  kick(): void {
    if (this.#state === 'idle') this.#state = 'sending';
    this.#changed.notify();
    this.#run?.changed.notify();
  }

  /** Resolves when everything is sent, the receiver cannot be reached or takes nothing for a while, or it lasts too long. */
  async drained(): Promise<void> {
    const end = performance.now() + DRAIN_MS;
    while (this.#state === 'sending' && performance.now() < end) {
      const before = this.#at;
      const timer = new AbortController();
      const stuck = delay(STUCK_MS, undefined, { signal: timer.signal, ref: false }).catch(() => undefined);
      await Promise.race([this.#rested.wait(), stuck]);
      timer.abort();
      if (this.#at === before) return;
    }
  }

  /** The position is on disk when it resolves. */
  async stop(): Promise<void> {
    this.#stop.abort();
    this.#driver.onLost = null;
    this.#driver.close();
    this.kick();
    await this.#ended;
    await this.#file.flush();
  }

  async #serve(): Promise<void> {
    const { log } = this.#opts;
    while (!this.#stop.signal.aborted) {
      const changed = this.#changed.wait();
      const run = await this.#openRun().catch((err: unknown) => {
        log.error({ err }, 'output cannot be read for its log driver');
        return null;
      });
      if (!run) {
        this.#rest('idle');
        await changed;
        continue;
      }
      this.#run = run;
      try {
        await this.#sendRun(run);
      } catch (err) {
        if (!this.#stop.signal.aborted) await this.#failed(err);
      } finally {
        this.#run = null;
        run.release();
      }
    }
  }

  /** The run at our position, or the next that is left; null when there is none. */
  async #openRun(): Promise<Run | null> {
    const { runs, log } = this.#opts;
    const number = runs.numbers().find((each) => each >= this.#at.run);
    if (number === undefined) return null;
    if (number !== this.#at.run) {
      if (this.#at.record > 0)
        log.warn({ run: this.#at.run }, 'output was rotated away before its receiver had it');
      this.#at = runBeginning(number);
    }
    return runs.open(number);
  }

  /** Resolves when the run has ended and is sent; rejects when the connection is lost. */
  async #sendRun(run: Run): Promise<void> {
    const cursor = new Cursor(run, { at: this.#at, wanted: STREAMS });
    const splitter = new LineSplitter(this.#at);
    const buffer = Buffer.allocUnsafe(CHUNK);
    while (!this.#stop.signal.aborted) {
      const ended = run.phase === 'ended' || run.closed;
      const wait = run.changed.wait();
      const piece = await cursor.next(CHUNK);
      if (piece) {
        this.#state = 'sending';
        if (piece.skipped)
          this.#opts.log.warn({ run: run.number }, 'rotation was faster than the receiver of a log');
        const length = await cursor.read(piece, piece.to, buffer, 0);
        await this.#deliver(splitter.feed(piece, buffer.subarray(0, length)));
        this.#advance({ run: run.number, record: cursor.position.record, ...splitter.state }, length);
        this.#opts.onSent(run, this.#at.offsets);
        // A receiver that takes everything at once must not keep the agent from all else.
        await othersTurn();
        continue;
      }
      if (ended && run.phase === 'ended') {
        await this.#deliver(splitter.flush());
        this.#advance(runBeginning(run.number + 1), 0);
        return;
      }
      // The agent stops: the rest is for its next life.
      if (ended) throw new Error('the agent stops');
      this.#file.save(this.#at, true);
      if (this.#broken) throw new Error('the connection to the receiver is lost');
      this.#rest('idle');
      await wait;
    }
  }

  async #deliver(messages: LogMessage[]): Promise<void> {
    if (messages.length === 0) return;
    if (this.#broken) throw new Error('the connection to the receiver is lost');
    if (!this.#connected) {
      const driver = this.#driver;
      await driver.connect();
      this.#connected = driver === this.#driver;
    }
    const begun = performance.now();
    await this.#driver.send(messages);
    this.#slow = performance.now() - begun > SLOW_MS;
  }

  #advance(at: SenderPosition, bytes: number): void {
    const now = performance.now();
    this.#at = at;
    this.#attempt = 0;
    this.#delivered.sent(at, { bytes, now, slow: this.#slow });
    this.#file.save(at, false);
  }

  async #failed(err: unknown): Promise<void> {
    this.#connected = false;
    this.#broken = false;
    const now = performance.now();
    if (this.#driver.confirms) this.#delivered = new Delivered(this.#at, now);
    this.#at = this.#delivered.restart(now);
    this.#file.save(this.#at, true);
    if (this.#attempt === 0 || now - this.#complained > COMPLAIN_MS) {
      this.#complained = now;
      this.#opts.log.warn({ err }, 'the receiver of a log is gone; trying again');
    }
    this.#rest('waiting');
    const wait = this.#driver.retryWait(this.#attempt);
    this.#attempt += 1;
    await Promise.race([
      delay(wait, undefined, { signal: this.#stop.signal, ref: false }).catch(() => undefined),
      this.#replaced(),
    ]);
    this.#state = 'sending';
  }

  /** Resolves when a start of the container brings another driver. */
  async #replaced(): Promise<void> {
    const driver = this.#driver;
    while (this.#driver === driver && this.#state === 'waiting' && !this.#stop.signal.aborted)
      await this.#changed.wait();
  }

  #lost(): void {
    this.#connected = false;
    this.#broken = true;
    this.#run?.changed.notify();
  }

  #rest(state: SenderState): void {
    this.#state = state;
    this.#rested.notify();
  }
}
