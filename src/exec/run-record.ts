// The life of one exec's record while this daemon runs it: start, process id, exit, with their events.
import type { EndFrame } from '#lib/docker-vm/stdio.ts';
import type { ExecRecord } from '#lib/store/types.ts';
import type { Vm } from '#lib/wire/types.ts';
import type { Req } from '#src/context.ts';
import { conflict } from '#src/errors.ts';
import { emitContainerEvent } from '#src/vm/event-attributes.ts';
import { commandText, type ExecConfig } from './config.ts';

/** dockerd's exit code of an exec that failed to start without the runtime saying why. */
const CANNOT_INVOKE = 126;

export class RunRecord {
  readonly #req: Pick<Req, 'app' | 'account'>;
  readonly #vm: Vm;
  #record: ExecRecord;

  /** Marks it as running. Throws DockerError conflict when it was started before. */
  constructor(req: Pick<Req, 'app' | 'account'>, vm: Vm, id: string) {
    const record = req.app.store.execs.get(req.account.uuid, id);
    // Read again, and written below without a pause in between: of two starts at once only one may win.
    if (record?.state === 'exited') throw conflict(`exec command ${id} has already run`);
    if (record?.state !== 'created') throw conflict(`exec command ${id} is already running`);
    this.#req = req;
    this.#vm = vm;
    this.#record = record;
    this.#put({ state: 'running' });
    const { Cmd } = record.config as unknown as ExecConfig;
    emitContainerEvent(req, vm, `exec_start: ${commandText(Cmd)}`, { execID: id });
  }

  started(pid: number): void {
    if (pid !== 0) this.#put({ pid });
  }

  /** null code: the stream ended and nobody said how; ExecInspect will ask the agent. */
  ended(end: EndFrame | null): void {
    const code = end?.code ?? (end?.error === undefined ? null : CANNOT_INVOKE);
    if (code === null) return;
    this.#put({ state: 'exited', exit_code: code, exited_at: Date.now() });
    if (end?.error !== undefined) return;
    emitContainerEvent(this.#req, this.#vm, 'exec_die', { execID: this.#record.id, exitCode: String(code) });
  }

  /** The start itself was refused. */
  failed(): void {
    this.#put({ state: 'exited', exit_code: CANNOT_INVOKE, exited_at: Date.now() });
  }

  detached(): void {
    emitContainerEvent(this.#req, this.#vm, 'exec_detach', { execID: this.#record.id });
  }

  #put(change: Partial<ExecRecord>): void {
    const { execs } = this.#req.app.store;
    // Removed with its container meanwhile: it shall not come back.
    if (execs.get(this.#record.owner_uuid, this.#record.id) === null) return;
    this.#record = { ...this.#record, ...change };
    execs.put(this.#record);
  }
}
