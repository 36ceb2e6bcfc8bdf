// The test's side of an agent process: tasks as promises, changes as a list that can be waited on.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { AgentTasks, TaskName, VmPatch } from '#lib/cn-agent/types.ts';
import type { Vm } from '#lib/wire/types.ts';
import type { AgentProcessOptions, Message, Request } from './agent-process.ts';

export interface Change {
  uuid: string;
  patch: VmPatch;
}

export class AgentClient {
  readonly changes: Change[] = [];
  readonly #child: ChildProcess;
  readonly #replies = new Map<number, (message: Message & { kind: 'reply' }) => void>();
  /** Rejects when the process ends. */
  readonly #gone: Promise<never>;
  #watchers: (() => void)[] = [];
  #nextId = 1;

  private constructor(child: ChildProcess) {
    this.#child = child;
    this.#gone = once(child, 'exit').then(([code]) => {
      throw new Error(`the agent process ended with ${String(code)}`);
    });
    this.#gone.catch(() => {}); // most tests end it on purpose
    child.stdin!.on('error', () => {}); // EPIPE: the end is told by #gone
  }

  /** Resolves when the agent has recovered. */
  static async start(options: AgentProcessOptions): Promise<AgentClient> {
    const program = new URL('./agent-process.ts', import.meta.url).pathname;
    const child = spawn(process.execPath, [program, JSON.stringify(options)], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    const client = new AgentClient(child);
    const ready = Promise.withResolvers<void>();
    createInterface({ input: child.stdout! }).on('line', (line) => {
      const message = JSON.parse(line) as Message;
      if (message.kind === 'ready') ready.resolve();
      else client.#take(message);
    });
    await Promise.race([ready.promise, client.#gone]);
    return client;
  }

  #take(message: Exclude<Message, { kind: 'ready' }>): void {
    if (message.kind === 'reply') {
      this.#replies.get(message.id)?.(message);
      this.#replies.delete(message.id);
      return;
    }
    this.changes.push(message);
    const watchers = this.#watchers;
    this.#watchers = [];
    for (const watcher of watchers) watcher();
  }

  async #ask(task: Request['task'], params: object): Promise<unknown> {
    const id = this.#nextId++;
    const reply = new Promise<Message & { kind: 'reply' }>((resolve) => this.#replies.set(id, resolve));
    this.#child.stdin!.write(`${JSON.stringify({ id, task, params } satisfies Request)}\n`);
    const { result, error } = await Promise.race([reply, this.#gone]);
    if (error) throw Object.assign(new Error(error.message), error);
    return result;
  }

  /** Rejects with {restCode, statusCode, message}. */
  run<T extends TaskName>(task: T, params: AgentTasks[T]['params']): Promise<AgentTasks[T]['result']> {
    return this.#ask(task, params) as Promise<AgentTasks[T]['result']>;
  }

  listVms(): Promise<Vm[]> {
    return this.#ask('listVms', {}) as Promise<Vm[]>;
  }

  async vm(uuid: string): Promise<Vm | undefined> {
    return (await this.listVms()).find((vm) => vm.uuid === uuid);
  }

  sysinfo(): Promise<Record<string, unknown>> {
    return this.#ask('sysinfo', {}) as Promise<Record<string, unknown>>;
  }

  /** Resolves with the first change of `uuid`, from the `from`-th of all on, that `is` accepts. */
  async changed(uuid: string, is: (patch: VmPatch) => boolean, from = 0): Promise<VmPatch> {
    const timeout = AbortSignal.timeout(20_000);
    for (;;) {
      const found = this.changes.slice(from).find((change) => change.uuid === uuid && is(change.patch));
      if (found) return found.patch;
      timeout.throwIfAborted();
      await new Promise<void>((resolve, reject) => {
        this.#watchers.push(resolve);
        timeout.addEventListener('abort', () => reject(timeout.reason));
      });
    }
  }

  async kill9(): Promise<void> {
    const gone = once(this.#child, 'exit');
    this.#child.kill('SIGKILL');
    await gone;
  }

  async close(): Promise<void> {
    const gone = once(this.#child, 'exit');
    await Promise.race([this.#ask('close', {}), gone]);
    await gone;
  }
}
