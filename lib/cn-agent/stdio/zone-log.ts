// The log side of one container's output: how much is kept, and who else gets it.
import { join } from 'node:path';
import type Logger from 'bunyan';
import { KEEP_ALL, type LogPlan, START_FAILURE } from '#lib/cn-agent/log-drivers/log-plan.ts';
import { LogSender } from '#lib/cn-agent/log-drivers/sender.ts';
import type { LogDriver } from '#lib/cn-agent/log-drivers/types.ts';
import type { GiveBack } from './give-back.ts';
import { Rotation } from './rotation.ts';
import type { Run } from './run.ts';
import type { ZoneRuns } from './zone-runs.ts';

/** Reading the log once must be possible however fast the container prints: rotation waits for a reader who is behind by the window and this. */
const LOG_LAG = 16 * 1024 * 1024;

export interface ZoneLogOptions {
  runs: ZoneRuns;
  giveBack: GiveBack;
  logPlan: () => LogPlan;
  log: Logger;
}

export class ZoneLog {
  readonly #opts: ZoneLogOptions;
  readonly #rotation: Rotation;
  #plan = KEEP_ALL;
  #sender: LogSender | null = null;

  constructor(opts: ZoneLogOptions) {
    this.#opts = opts;
    this.#rotation = new Rotation(opts);
  }

  /**
   * Before a run: reaches the receiver, if the driver is one that must. Throws Error with dockerd's text when that, or what the options say,
   * is not possible. What it returns is called with the new run.
   */
  async prepare(): Promise<(run: Run) => void> {
    let driver: LogDriver | null = null;
    let plan: LogPlan;
    try {
      plan = this.#opts.logPlan();
      driver = plan.driver;
      if (driver?.connectsAtStart) await driver.connect();
    } catch (err) {
      driver?.close();
      throw new Error(START_FAILURE + (err as Error).message, { cause: err });
    }
    return (run) => {
      this.#plan = plan;
      this.#rotation.set(plan.window, run);
      if (driver) this.#send(driver, driver.connectsAtStart, run);
      this.#sender?.kick();
    };
  }

  /** The agent has come up again: `run` is the newest, which may go on. */
  recover(run: Run): void {
    try {
      this.#plan = this.#opts.logPlan();
    } catch (err) {
      this.#opts.log.warn({ err }, 'the log options of a container cannot be understood any more');
      this.#plan = KEEP_ALL;
    }
    this.#rotation.set(this.#plan.window, run);
    if (this.#plan.driver) this.#send(this.#plan.driver, false, run);
  }

  /** How many bytes a reader of the log may be behind before rotation overtakes it. */
  get lag(): number {
    return (this.#plan.window ?? 0) + LOG_LAG;
  }

  /** The files of a run have grown, or a slow reader has left it. */
  grown(run: Run): void {
    this.#rotation.changed(run);
  }

  ended(run: Run): void {
    this.#rotation.changed(run);
    this.#sender?.kick();
  }

  /** `drain`: what can be sent soon is. */
  async close(opts: { drain: boolean }): Promise<void> {
    if (opts.drain) await this.#sender?.drained();
    await this.#sender?.stop();
    this.#sender = null;
  }

  #send(driver: LogDriver, connected: boolean, run: Run): void {
    if (this.#sender) {
      this.#sender.use(driver, connected);
      return;
    }
    const { runs, log } = this.#opts;
    this.#sender = new LogSender(driver, connected, {
      runs,
      log,
      path: join(runs.dir, 'sender.json'),
      firstRun: run.number,
      onSent: (sent, offsets) => {
        if (!this.#plan.readable) this.#rotation.dropDelivered(sent, offsets);
      },
    });
  }
}
