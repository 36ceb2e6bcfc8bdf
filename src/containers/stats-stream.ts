// One client of GET /containers/:id/stats?stream=1, over the runs and rests of a container.
//
//   runs ──► lines of the compute node ──► run over, or connection broken
//    ▲                                          │
//    └── boot ── zeros, one a second ◄──────────┘        the container is removed, or the client leaves: the end
import { hasRestCode } from '#lib/wire/errors.ts';
import type { Vm } from '#lib/wire/types.ts';
import type { Req } from '#src/context.ts';
import type { VmTransition } from '#src/events/hub.ts';
import { dockerIdOf } from '#src/vm/metadata.ts';
import { statusOf } from '#src/vm/state.ts';
import { zeroStats } from './from-vm/stats.ts';
import { openStats, type StatsLines } from './stats-lines.ts';

const INTERVAL_MS = 1000;

export class StatsStream {
  readonly #req: Req;
  #vm: Vm;
  #over = false;
  /** A boot was told that has not been looked at yet. */
  #booted = false;
  #lines: StatsLines | null = null;
  #wake: () => void = () => undefined;
  /** performance.now() of the last sample, or of the last try to get one. */
  #sentAt = Number.NEGATIVE_INFINITY;

  constructor(req: Req, vm: Vm) {
    this.#req = req;
    this.#vm = vm;
  }

  /** Errors only before the first byte: the headers go out when the container's statistics are there. */
  async run(): Promise<void> {
    const { app, res, call } = this.#req;
    const unsubscribe = app.events.onVm(this.#vm.uuid, (transition) => this.#see(transition));
    const leave = (): void => this.#end();
    res.once('close', leave);
    try {
      // Read again: a change between the first look and the subscription would be missed.
      await this.#look();
      this.#lines = await this.#open();
      if (call.signal?.aborted) leave();
      res.writeHead(200);
      res.flushHeaders();
      while (!this.#over) {
        if (this.#lines) await this.#pump(this.#lines);
        this.#lines = null;
        await this.#rest();
        if (!this.#over) this.#lines = await this.#openAgain();
      }
      res.end();
    } finally {
      unsubscribe();
      res.off('close', leave);
      this.#lines?.close();
    }
  }

  #see({ vm, kind }: VmTransition): void {
    this.#vm = vm;
    if (kind === 'boot') this.#booted = true;
    if (kind === 'destroyed') this.#end();
    else if (kind === 'boot') this.#wake();
  }

  #end(): void {
    this.#over = true;
    this.#lines?.close();
    this.#wake();
  }

  /** Throws DockerError. */
  async #open(): Promise<StatsLines | null> {
    this.#booted = false;
    if (!['running', 'paused'].includes(statusOf(this.#vm))) return null;
    return openStats(this.#req, this.#vm, { doStream: true });
  }

  /** After a rest; a compute node that does not answer is asked again a second later. */
  async #openAgain(): Promise<StatsLines | null> {
    try {
      return await this.#open();
    } catch (err) {
      this.#req.log.warn({ err }, 'the statistics of a container cannot be had for now');
      this.#booted = true;
      this.#sentAt = performance.now();
      return null;
    }
  }

  async #look(): Promise<void> {
    const { account, app, call } = this.#req;
    try {
      this.#vm = await app.triton.vmapi.getVm(this.#vm.uuid, { owner_uuid: account.uuid }, call);
      if (['destroyed', 'failed'].includes(this.#vm.state)) this.#over = true;
    } catch (err) {
      if (hasRestCode(err, 'ResourceNotFound')) this.#over = true;
      else this.#req.log.debug({ err }, 'the state of a container cannot be had for now');
    }
  }

  async #pump(lines: StatsLines): Promise<void> {
    this.#sentAt = performance.now();
    for await (const line of lines) {
      if (this.#over) return;
      await this.#send(lines.toDocker(line, this.#identity()));
    }
    // The run is over, or the agent: its state tells whether there is a boot to wait for.
    if (!this.#over) await this.#look();
    if (['running', 'paused'].includes(statusOf(this.#vm))) this.#booted = true;
  }

  /** Zeros until a boot. */
  async #rest(): Promise<void> {
    do {
      await this.#pause(this.#sentAt + INTERVAL_MS - performance.now());
      if (this.#over) return;
      if (this.#booted) return;
      await this.#send(Buffer.from(`${JSON.stringify(zeroStats(this.#identity()))}\n`));
    } while (!this.#over);
  }

  /** At most so long; a boot or the end cuts it short. */
  async #pause(ms: number): Promise<void> {
    if (ms <= 0 || this.#over) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#wake = resolve;
    const timer = setTimeout(resolve, ms);
    await promise;
    clearTimeout(timer);
  }

  /** At the client's pace. */
  async #send(line: Buffer): Promise<void> {
    const { res } = this.#req;
    this.#sentAt = performance.now();
    if (this.#over || res.write(line)) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#wake = resolve;
    res.once('drain', resolve);
    await promise;
    res.off('drain', resolve);
  }

  #identity(): { id: string; name: string; version: number } {
    return { id: dockerIdOf(this.#vm), name: this.#vm.alias ?? '', version: this.#req.version };
  }
}
