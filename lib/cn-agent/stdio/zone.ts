// The stdio of one container over all its runs.
import { mkdirSync, readlinkSync, symlinkSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type Logger from 'bunyan';
import type { LogPlan } from '#lib/cn-agent/log-drivers/log-plan.ts';
import type { Tasks } from '#lib/containerd/types.ts';
import type { FifoPool } from './fifo-pool.ts';
import type { GiveBack } from './give-back.ts';
import type { Run } from './run.ts';
import { runPaths } from './run-files.ts';
import { RunStdin, type StdinMode } from './run-stdin.ts';
import type { RunStdio, ZoneStdio } from './types.ts';
import { WakeUp } from './wake-up.ts';
import type { WallClock } from './wall-clock.ts';
import type { Size } from './wire.ts';
import { ZoneLog } from './zone-log.ts';
import { ZoneRuns } from './zone-runs.ts';

/** What a zone needs of the service. */
export interface ZoneOptions {
  vmUuid: string;
  /** zones/<uuid> */
  dir: string;
  tasks: Tasks;
  fifos: FifoPool;
  clock: WallClock;
  giveBack: GiveBack;
  /** What the container's log options mean at this moment. Throws Error in dockerd's words. */
  logPlan: () => LogPlan;
  log: Logger;
  /** Recovers and removes the execs of the container, which have files of their own. */
  execs: { recover(): Promise<void>; remove(): Promise<void> };
  /** Called when the container is gone. */
  forget: () => void;
}

export class Zone implements ZoneStdio {
  readonly runs: ZoneRuns;
  readonly #log: ZoneLog;
  readonly #opts: ZoneOptions;
  readonly #begun = new WakeUp();
  #active: { run: Run; stdin: RunStdin; fifo: string | null } | null = null;
  #earlySize: Size | null = null;
  #removed = false;

  constructor(opts: ZoneOptions) {
    this.#opts = opts;
    const path = join(opts.dir, 'logs');
    this.runs = new ZoneRuns({ path, clock: opts.clock, grown: (run) => this.#log.grown(run) });
    this.#log = new ZoneLog({ ...opts, runs: this.runs });
  }

  /** How many bytes a reader of the log may be behind before rotation overtakes it. */
  get logLag(): number {
    return this.#log.lag;
  }

  /** The run between beginRun and endRun. */
  get active(): { run: Run } | null {
    return this.#active;
  }

  async beginRun(mode: StdinMode): Promise<RunStdio> {
    if (this.#active) await this.endRun();
    const begin = await this.#log.prepare();
    const fifo = mode.openStdin ? ((await this.#opts.fifos.take(1))[0] ?? null) : null;
    const run = this.runs.create(mode.tty).acquire();
    const paths = runPaths(this.runs.dir, run.number);
    // The link is how a later agent finds the FIFO of a container that ran on.
    if (fifo) symlinkSync(fifo, paths.stdin);
    begin(run);
    this.#setActive(run, mode, fifo);
    return {
      stdin: fifo ?? '',
      stdout: paths.stdout,
      stderr: mode.tty ? '' : paths.stderr,
      terminal: mode.tty,
    };
  }

  running(): void {
    const active = this.#active;
    if (!active) return;
    active.run.markRunning();
    const size = this.#earlySize;
    this.#earlySize = null;
    if (size && active.run.tty) this.resize(size).catch(() => undefined);
  }

  outputs(): string[] {
    if (!this.#active) return [];
    const { run } = this.#active;
    const { stdout, stderr } = runPaths(this.runs.dir, run.number);
    return run.tty ? [stdout] : [stdout, stderr];
  }

  async endRun(): Promise<void> {
    const active = this.#active;
    if (!active) return;
    this.#active = null;
    active.run.finish();
    this.#log.ended(active.run);
    active.run.release();
    await active.stdin.close();
    if (active.fifo) {
      await rm(runPaths(this.runs.dir, active.run.number).stdin, { force: true });
      await this.#opts.fifos.discard([active.fifo]);
    }
  }

  async recover(opts: { running: boolean } & StdinMode): Promise<void> {
    const last = this.runs.numbers().at(-1);
    if (last !== undefined && !this.#active) {
      const run = this.runs.openNow(last);
      const fifo = readLink(runPaths(this.runs.dir, last).stdin);
      if (run && opts.running) {
        run.acquire();
        this.#log.recover(run);
        run.resume();
        this.#setActive(run, opts, fifo);
      } else if (run) {
        run.acquire();
        this.#log.recover(run);
        run.release();
        if (fifo) await this.#opts.fifos.discard([fifo, runPaths(this.runs.dir, last).stdin]);
      }
    }
    await this.#opts.execs.recover();
  }

  async remove(): Promise<void> {
    this.#removed = true;
    await this.endRun();
    this.#begun.notify();
    await this.#opts.execs.remove();
    await this.#log.close({ drain: true });
    this.runs.close();
    await rm(this.runs.dir, { recursive: true, force: true });
    await rm(join(this.#opts.dir, 'exec'), { recursive: true, force: true });
    this.#opts.forget();
  }

  /** The service stops: streams end, the container and its files stay. */
  async close(): Promise<void> {
    this.#removed = true;
    this.#begun.notify();
    await this.#log.close({ drain: false });
    this.runs.close();
    this.#active?.run.release();
    await this.#active?.stdin.close();
    this.#active = null;
  }

  /** The run that begins next, acquired; null when there will be none or the wait was given up. */
  async nextRun(signal: AbortSignal): Promise<Run | null> {
    const aborted = new Promise<void>((resolve) => {
      if (signal.aborted) resolve();
      signal.addEventListener('abort', () => resolve(), { once: true });
    });
    await Promise.race([this.#begun.wait(), aborted]);
    if (signal.aborted || this.#removed) return null;
    return this.#active?.run.acquire() ?? null;
  }

  /** The stdin of that run; null when it is over. */
  stdinOf(run: Run): RunStdin | null {
    return this.#active?.run === run ? this.#active.stdin : null;
  }

  /** Sets the size of the container's tty, or remembers it until the process runs. */
  async resize(size: Size): Promise<void> {
    if (this.#active?.run.phase !== 'running') this.#earlySize = size;
    else await this.#opts.tasks.resize(this.#opts.vmUuid, '', size.w, size.h);
  }

  #setActive(run: Run, mode: StdinMode, fifo: string | null): void {
    const { tasks, vmUuid } = this.#opts;
    const closeStdin = () => tasks.closeStdin(vmUuid, '');
    mkdirSync(this.runs.dir, { recursive: true, mode: 0o700 });
    this.#active = { run, stdin: new RunStdin({ run, mode, path: fifo, closeStdin }), fifo };
    this.#begun.notify();
  }
}

function readLink(path: string): string | null {
  try {
    return readlinkSync(path);
  } catch {
    return null;
  }
}
