// Runs tasks on the compute-node agent and keeps their history for a while, as CNAPI does.
//
//   active ──agent answers──► complete          active ──agent throws──► failure
import { randomUUID } from 'node:crypto';
import type { AgentTasks, CnAgent, TaskName } from '#lib/cn-agent/types.ts';
import { TritonError } from '#lib/wire/errors.ts';
import type { Task } from '#lib/wire/types.ts';
import type { CoalRequest } from '../types.ts';

/** Tasks remembered; the oldest ended ones are forgotten first. */
const KEEP = 500;

export type TaskOrigin = Pick<CoalRequest, 'reqId' | 'log'>;

interface Entry {
  task: Task;
  ended: Promise<void>;
}

export class TaskRunner {
  readonly agent: CnAgent;
  readonly #entries = new Map<string, Entry>();

  constructor(agent: CnAgent) {
    this.agent = agent;
  }

  /** Runs a task to its end. Throws what the agent throws. */
  async run<T extends TaskName>(
    name: T,
    params: AgentTasks[T]['params'],
    origin: TaskOrigin,
  ): Promise<AgentTasks[T]['result']> {
    return this.start(name, params, origin).result;
  }

  /** Starts a task; `result` settles with it. The history holds no parameters and no VM: they may carry secrets. */
  start<T extends TaskName>(
    name: T,
    params: AgentTasks[T]['params'],
    origin: TaskOrigin,
  ): { id: string; result: Promise<AgentTasks[T]['result']> } {
    const task: Task = {
      id: randomUUID(),
      req_id: origin.reqId,
      task: name,
      server_uuid: this.agent.serverUuid,
      status: 'active',
      timestamp: new Date().toISOString(),
      history: [],
    };
    const result = this.agent.runTask(name, params, { reqId: origin.reqId, log: origin.log });
    const ended = result.then(
      () => end(task, 'complete', 'finish', {}),
      (err: Error) => end(task, 'failure', 'error', { error: { message: messageOf(err) } }),
    );
    this.#remember(task.id, { task, ended });
    return { id: task.id, result };
  }

  /** Throws TritonError ResourceNotFound. */
  get(id: string): Task {
    return this.#entry(id).task;
  }

  /** Waits for the end, at most `ms`; gives the task as it then stands. */
  async wait(id: string, ms: number, signal: AbortSignal): Promise<Task> {
    const entry = this.#entry(id);
    const over = AbortSignal.any([AbortSignal.timeout(ms), signal]);
    await new Promise<void>((resolve) => {
      over.addEventListener('abort', () => resolve(), { once: true });
      void entry.ended.then(resolve);
    });
    return entry.task;
  }

  #entry(id: string): Entry {
    const entry = this.#entries.get(id);
    if (!entry) throw new TritonError('ResourceNotFound', 404, 'no such task found');
    return entry;
  }

  #remember(id: string, entry: Entry): void {
    this.#entries.set(id, entry);
    if (this.#entries.size <= KEEP) return;
    for (const [old, { task }] of this.#entries) {
      if (task.status === 'active') continue;
      this.#entries.delete(old);
      return;
    }
  }
}

function end(task: Task, status: Task['status'], name: string, event: object): void {
  task.status = status;
  task.history.push({ name, timestamp: new Date().toISOString(), event });
}

function messageOf(err: Error): string {
  return err instanceof TritonError ? err.ownMessage : err.message;
}
