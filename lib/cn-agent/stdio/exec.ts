// One exec: a second process in a running container, and the one client that may watch it.
import { randomBytes } from 'node:crypto';
import type Logger from 'bunyan';
import { ContainerdError } from '#lib/containerd/errors.ts';
import type { Tasks } from '#lib/containerd/types.ts';
import { encodeFrame, FRAME, frameHeader, type StdioCommand } from '#lib/docker-vm/stdio.ts';
import type { Limit } from '#lib/process/limit.ts';
import { TritonError } from '#lib/wire/errors.ts';
import { describeExecFailure, isContainerGone, isInitAlive } from './exec-failure.ts';
import type { ExecRecord, ExecRecords } from './exec-records.ts';
import type { FifoPool } from './fifo-pool.ts';
import { FifoReader } from './fifo-reader.ts';
import { InputQueue } from './input-queue.ts';
import type { Session } from './session.ts';
import { StdinFifo } from './stdin-fifo.ts';
import type { Size, Wire } from './wire.ts';

/** How long output may come after the exit, from a process in the background (ms); dockerd's figure. */
const LINGER_MS = 2000;
/** dockerd's exit code for an exec that fails before the runtime is asked. */
const CANNOT_INVOKE = 126;
/** … and of one that the runtime refuses for no reason that we know. */
const UNKNOWN = 128;
/** Exit code when the process is known to be gone and nobody can say how: killed with its container. */
const KILLED = 137;

/** Paths for the shim; '' = none. */
interface Stdio {
  stdin: string;
  stdout: string;
  stderr: string;
}

export interface ExecOptions {
  vmUuid: string;
  command: StdioCommand;
  tasks: Tasks;
  fifos: FifoPool;
  records: ExecRecords;
  /** Only so many starts at a time. */
  starts: Limit;
  processSpec: (vmUuid: string, command: StdioCommand) => Promise<object>;
  log: Logger;
}

//   starting ──► running ──► exited (record saved) ──► output done, `end` sent ──► deleted from containerd
//      └──► failed: `end` with error
export class Exec implements Session {
  readonly id: string;
  /** The process runs; rejects with a TritonError in Docker's words when it cannot. */
  readonly started: Promise<void>;
  /** Everything of it is over and given back. Never rejects. */
  readonly over: Promise<void>;
  readonly #opts: ExecOptions;
  readonly #record: ExecRecord;
  readonly #client = Promise.withResolvers<Wire | null>();
  readonly #readers: FifoReader[] = [];
  #stdin: StdinFifo | null = null;
  #size: Size | null = null;
  #detached = false;
  /** The last write of the record: one at a time, in order. */
  #saved: Promise<void> = Promise.resolve();
  /** Asked for before the start, so that a short process does not wait for the question. */
  #exit: ReturnType<Tasks['wait']> | null = null;

  constructor(opts: ExecOptions) {
    this.id = opts.command.ExecId ?? randomBytes(32).toString('hex');
    this.#opts = opts;
    this.#record = opts.records.add(this.id, opts.command);
    this.#size = consoleSize(opts.command);
    this.started = this.#start();
    this.over = this.#follow()
      .catch((err: unknown) => {
        opts.log.error({ err, execId: this.id }, 'exec failed');
        this.#client.promise.then((wire) => wire?.end({ code: null, signal: null }));
      })
      // Nobody asks how one ended that had to end before its client left.
      .then(() => (opts.command.KillWhenGone ? opts.records.forget(this.id) : undefined));
  }

  connect(wire: Wire): void {
    this.#listen(wire);
    this.#client.resolve(wire);
  }

  expire(): void {
    this.#client.resolve(null);
    this.#killIfAsked();
  }

  /** Sets the size of its tty, or remembers it until the process runs. */
  async resize(size: Size): Promise<void> {
    if (this.#record.pid === 0) this.#size = size;
    else await this.#opts.tasks.resize(this.#opts.vmUuid, this.id, size.w, size.h);
  }

  async #start(): Promise<void> {
    const { vmUuid, command, processSpec } = this.#opts;
    const terminal = command.Tty === true;
    const paths = await this.#openStdio();
    try {
      const [spec] = await Promise.all([processSpec(vmUuid, command), this.#opts.records.save(this.#record)]);
      const leave = await this.#opts.starts.enter();
      try {
        await this.#launch(spec, paths, terminal);
      } finally {
        leave();
      }
    } catch (err) {
      throw await this.#fail(err);
    }
    if (terminal && this.#size) this.resize(this.#size).catch(() => undefined);
    this.#save();
  }

  async #launch(spec: object, paths: Stdio, terminal: boolean): Promise<void> {
    const { vmUuid, tasks } = this.#opts;
    const size = this.#size;
    const console = terminal && size ? { consoleSize: { height: size.h, width: size.w } } : {};
    const process = { ...spec, terminal, ...console };
    await tasks.exec({ id: vmUuid, execId: this.id, process, ...paths, terminal });
    this.#exit = tasks.wait(vmUuid, this.id);
    this.#exit.catch(() => undefined);
    try {
      this.#record.pid = (await tasks.start(vmUuid, this.id)).pid;
    } catch (err) {
      await tasks.delete(vmUuid, this.id).catch(() => undefined);
      throw err;
    }
  }

  /** Tells of its own failure: no client waits for the disk. */
  #save(): Promise<void> {
    this.#saved = this.#saved
      .then(() => this.#opts.records.save(this.#record))
      .catch((err: unknown) => this.#opts.log.warn({ err, execId: this.id }, 'could not store an exec'));
    return this.#saved;
  }

  /** Makes the FIFOs; /dev/null stands for a stream that nobody asked for, since the shim takes both or none. */
  async #openStdio(): Promise<Stdio> {
    const { command, fifos } = this.#opts;
    const attached = command.Detach !== true;
    const out = attached && command.AttachStdout !== false;
    const err = attached && command.AttachStderr !== false && command.Tty !== true;
    const stdin = attached && command.AttachStdin === true;
    const taken = await fifos.take(Number(out) + Number(err) + Number(stdin));
    const next = (wanted: boolean, instead: string) => (wanted ? (taken.shift() ?? instead) : instead);
    const stdout = next(out, '/dev/null');
    const stderr = next(err, command.Tty ? '' : '/dev/null');
    const input = next(stdin, '');
    this.#record.fifos = [out ? stdout : '', err ? stderr : '', input];
    if (out) this.#read(stdout, FRAME.stdout);
    if (err) this.#read(stderr, FRAME.stderr);
    if (input) this.#stdin = new StdinFifo(input);
    return { stdin: input, stdout, stderr };
  }

  #read(path: string, type: number): void {
    const reader = new FifoReader(path);
    this.#readers.push(reader);
    this.#client.promise.then(async (wire) => {
      await this.started.catch(() => undefined);
      if (!wire || this.#detached) reader.flow(null);
      else
        reader.flow((chunk) => (this.#detached ? GONE : wire.send(frameHeader(type, chunk.length), chunk)));
    });
  }

  /** Records the failure and makes the error that tells of it. */
  async #fail(err: unknown): Promise<TritonError> {
    const { vmUuid, tasks, command } = this.#opts;
    const failure = describeFailure(err);
    if (isContainerGone(err) || (failure.code === UNKNOWN && !(await isInitAlive(tasks, vmUuid)))) {
      Object.assign(failure, { code: CANNOT_INVOKE, error: `container ${command.Container} is not running` });
    }
    await this.#exited(failure.code);
    const cause = err instanceof Error ? err : undefined;
    return new TritonError('ExecFailed', 400, failure.error, [], cause);
  }

  async #follow(): Promise<void> {
    const { vmUuid, tasks, command } = this.#opts;
    if (command.Detach) this.#client.resolve(null);
    try {
      await this.started;
    } catch (err) {
      const error = err instanceof TritonError ? err.ownMessage : String(err);
      this.#client.promise.then((wire) => wire?.end({ code: this.#record.exitCode, signal: null, error }));
      await this.#release(false);
      return;
    }
    this.#client.promise.then((wire) =>
      wire?.send(encodeFrame(FRAME.started, Buffer.from(JSON.stringify({ pid: this.#record.pid })))),
    );
    const exit = await this.#exit;
    const code = exit?.exitStatus ?? KILLED;
    const saved = this.#exited(code);
    const wire = await this.#client.promise;
    await this.started;
    await Promise.all(this.#readers.map((reader) => reader.quiet(LINGER_MS)));
    wire?.end({ code, signal: null });
    await saved;
    await tasks.delete(vmUuid, this.id).catch((err: unknown) => {
      this.#opts.log.warn({ err, execId: this.id }, 'could not delete an exec');
    });
    await this.#release(true);
  }

  async #exited(code: number): Promise<void> {
    Object.assign(this.#record, { running: false, exitCode: code, exitedAt: Date.now() });
    await this.#save();
  }

  /** FIFOs whose writers have all gone are as good as new; others, and stdin's, may still be held by the shim. */
  async #release(clean: boolean): Promise<void> {
    const { fifos } = this.#opts;
    const [stdout = '', stderr = '', stdin = ''] = this.#record.fifos;
    const reusable = clean && this.#readers.every((reader) => reader.ended);
    for (const reader of this.#readers) reader.close();
    await this.#stdin?.close();
    const outputs = [stdout, stderr].filter((path) => path !== '');
    if (reusable) fifos.give(outputs);
    await fifos.discard([...(reusable ? [] : outputs), stdin].filter((path) => path !== ''));
  }

  #listen(wire: Wire): void {
    const queue = new InputQueue(wire);
    wire.listen({
      stdin: (piece) =>
        queue.push(async () => {
          await this.started;
          await this.#stdin?.write(piece);
        }),
      stdinEnd: () => queue.push(() => this.#endStdin(wire)),
      resize: (size) => this.resize(size).catch(() => undefined),
      gone: () => {
        this.#detach();
        this.#killIfAsked();
        queue.push(() => this.#endStdin(wire));
      },
    });
  }

  /** As dockerd: a pipe sees the end; a tty does not, and the client is let go. */
  async #endStdin(wire: Wire): Promise<void> {
    const stdin = this.#stdin;
    if (!stdin) return;
    await this.started;
    if (this.#opts.command.Tty) {
      this.#detach();
      wire.end({ code: null, signal: null });
      return;
    }
    if (stdin.closed) return;
    await stdin.close();
    await this.#opts.tasks.closeStdin(this.#opts.vmUuid, this.id);
  }

  #killIfAsked(): void {
    const { vmUuid, tasks, command, log } = this.#opts;
    if (command.KillWhenGone !== true) return;
    this.started
      .then(() => (this.#record.running ? tasks.kill({ id: vmUuid, execId: this.id, signal: 9 }) : undefined))
      .catch((err: unknown) =>
        log.debug({ err, execId: this.id }, 'an exec without its client is not killed'),
      );
  }

  /** The process goes on; its output is thrown away. */
  #detach(): void {
    this.#detached = true;
    for (const reader of this.#readers) reader.flow(null);
  }
}

const GONE = Promise.resolve(false);

function consoleSize(command: StdioCommand): Size | null {
  return command.Tty && command.ConsoleSize ? { h: command.ConsoleSize[0], w: command.ConsoleSize[1] } : null;
}

function describeFailure(err: unknown): { code: number; error: string } {
  if (err instanceof ContainerdError) {
    const prefix = `containerd ${err.call}: `;
    return describeExecFailure(
      err.message.startsWith(prefix) ? err.message.slice(prefix.length) : err.message,
    );
  }
  const error =
    err instanceof TritonError ? err.ownMessage : String(err instanceof Error ? err.message : err);
  return { code: CANNOT_INVOKE, error };
}
