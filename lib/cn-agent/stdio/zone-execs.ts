// The execs of one container: those of this agent, and those that an earlier one has left running.
import type Logger from 'bunyan';
import type { Tasks } from '#lib/containerd/types.ts';
import type { ExecState, StdioCommand } from '#lib/docker-vm/stdio.ts';
import { createLimit } from '#lib/process/limit.ts';
import { TritonError } from '#lib/wire/errors.ts';
import { Exec } from './exec.ts';
import { type ExecRecord, ExecRecords } from './exec-records.ts';
import type { FifoPool } from './fifo-pool.ts';
import { FifoReader } from './fifo-reader.ts';
import type { Size } from './wire.ts';

/** Exit code of a process that ended with its container while no agent ran and nobody knows how. */
const KILLED = 137;

/**
 * A shim makes one start at a time whatever it is asked. While it does it takes no exits, has room for 32 of them, and is a second late
 * for each one more: two hundred short processes at once took minutes.
 */
const STARTS_AT_ONCE = 8;

export interface ZoneExecsOptions {
  vmUuid: string;
  /** zones/<uuid>/exec */
  dir: string;
  tasks: Tasks;
  fifos: FifoPool;
  processSpec: (vmUuid: string, command: StdioCommand) => Promise<object>;
  log: Logger;
}

export class ZoneExecs {
  readonly #opts: ZoneExecsOptions;
  readonly #records: ExecRecords;
  readonly #live = new Map<string, Exec>();
  readonly #starts = createLimit(STARTS_AT_ONCE);
  readonly #earlySizes = new Map<string, Size>();

  constructor(opts: ZoneExecsOptions) {
    this.#opts = opts;
    this.#records = new ExecRecords(opts.dir);
  }

  /** Starts the process at once; the client connects meanwhile. */
  begin(command: StdioCommand): Exec {
    const exec = new Exec({ ...this.#opts, command, records: this.#records, starts: this.#starts });
    this.#live.set(exec.id, exec);
    void exec.over.then(() => this.#live.delete(exec.id));
    const early = this.#earlySizes.get(exec.id);
    this.#earlySizes.delete(exec.id);
    if (early) exec.resize(early).catch(() => undefined);
    return exec;
  }

  /** See StdioService.execsStarted. */
  async allStarted(): Promise<void> {
    await Promise.allSettled([...this.#live.values()].map((exec) => exec.started));
  }

  /** Throws TritonError ResourceNotFound. */
  state(id: string): ExecState {
    const record = this.#records.get(id);
    if (!record) throw new TritonError('ResourceNotFound', 404, `No such exec instance: ${id}`);
    return { ExecId: id, Running: record.running, ExitCode: record.exitCode, Pid: record.pid };
  }

  /** Sets the size, or keeps it for an exec that has not begun. */
  async resize(id: string, size: Size): Promise<void> {
    const record = this.#records.get(id);
    const live = this.#live.get(id);
    if (!record) this.#earlySizes.set(id, size);
    else if (live && record.running) await live.resize(size);
    else if (record.running) await this.#opts.tasks.resize(this.#opts.vmUuid, id, size.w, size.h);
  }

  /** Reads the stored execs and waits again for those that had not ended. */
  async recover(): Promise<void> {
    for (const record of await this.#records.load()) {
      if (!record.running || this.#live.has(record.id)) continue;
      this.#opts.fifos.withhold(record.fifos);
      this.#adopt(record).catch((err: unknown) =>
        this.#opts.log.warn({ err, execId: record.id }, 'could not take up an exec'),
      );
    }
  }

  async remove(): Promise<void> {
    this.#live.clear();
    this.#earlySizes.clear();
    await this.#records.remove();
  }

  /** Its client is gone with the earlier agent: the output is read only so that the process does not block. */
  async #adopt(record: ExecRecord): Promise<void> {
    const { tasks, vmUuid, fifos } = this.#opts;
    const readers = record.fifos.slice(0, 2).flatMap(openQuietly);
    for (const reader of readers) reader.flow(null);
    if (record.killWhenGone) {
      // Gone already, or it never came to run: the wait tells.
      await tasks.kill({ id: vmUuid, execId: record.id, signal: 9 }).catch(() => undefined);
    }
    const exit = await tasks.wait(vmUuid, record.id);
    Object.assign(record, { running: false, exitCode: exit?.exitStatus ?? KILLED, exitedAt: Date.now() });
    await this.#records.save(record);
    await tasks.delete(vmUuid, record.id);
    if (record.killWhenGone) await this.#records.forget(record.id);
    for (const reader of readers) reader.close();
    await fifos.discard(record.fifos.filter((path) => path !== ''));
  }
}

function openQuietly(path: string): FifoReader[] {
  try {
    return path === '' ? [] : [new FifoReader(path)];
  } catch {
    return [];
  }
}
