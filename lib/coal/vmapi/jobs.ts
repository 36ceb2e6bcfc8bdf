// VMAPI's jobs: named steps with undo, kept in memory for a while; what Triton's workflow service does for it.
//
//   running ──all steps done──► succeeded          running ──a step throws──► undone ──► failed
import { randomUUID } from 'node:crypto';
import type Logger from 'bunyan';
import { TritonError } from '#lib/wire/errors.ts';
import type { Job } from '#lib/wire/types.ts';

export interface JobStep {
  /** As in Triton's workflows, e.g. 'cnapi.start_vm'. */
  name: string;
  /** Returns the text for chain_results. */
  run(): Promise<string> | string;
  /** Called when a later step fails. */
  undo?(): Promise<void> | void;
}

export interface JobSpec {
  /** e.g. 'start' */
  task: string;
  vmUuid: string;
  ownerUuid: string | null;
  serverUuid: string | null;
  reqId: string;
  log: Logger;
  steps: JobStep[];
  /** After the undo of a failed job. */
  onFailed?(err: unknown): void;
}

interface Entry {
  job: Job;
  vmUuid: string;
  ended: Promise<void>;
}

/** Jobs remembered. */
const KEEP = 1000;
/** Seconds; what Triton's workflows say of themselves. */
const TIMEOUT = 3600;

export class Jobs {
  readonly #entries = new Map<string, Entry>();

  /** Starts a job; `done` settles with it and rejects with the error of the step that failed. */
  start(spec: JobSpec): { job: Job; done: Promise<void> } {
    const job: Job = {
      name: `${spec.task}-coal`,
      uuid: randomUUID(),
      execution: 'running',
      // No payload: metadata may hold secrets.
      params: {
        task: spec.task,
        vm_uuid: spec.vmUuid,
        owner_uuid: spec.ownerUuid,
        server_uuid: spec.serverUuid,
        'x-request-id': spec.reqId,
      },
      created_at: new Date().toISOString(),
      timeout: TIMEOUT,
      chain_results: [],
    };
    const done = execute(job, spec);
    const ended = done.catch((err: unknown) => {
      const level = err instanceof TritonError && err.statusCode < 500 ? 'info' : 'warn';
      spec.log[level]({ err, job: job.uuid, task: spec.task, vm: spec.vmUuid }, 'job failed');
    });
    this.#remember({ job, vmUuid: spec.vmUuid, ended });
    return { job, done };
  }

  /** Newest first. */
  list(filter: { vmUuid?: string; execution?: string; task?: string }): Job[] {
    const found = [...this.#entries.values()]
      .filter(({ vmUuid }) => filter.vmUuid === undefined || vmUuid === filter.vmUuid)
      .map(({ job }) => job)
      .filter((job) => filter.execution === undefined || job.execution === filter.execution)
      .filter((job) => filter.task === undefined || job.params.task === filter.task);
    return found.reverse();
  }

  /** Throws TritonError ResourceNotFound. */
  get(uuid: string): Job {
    return this.#entry(uuid).job;
  }

  async wait(uuid: string): Promise<Job> {
    const entry = this.#entry(uuid);
    await entry.ended;
    return entry.job;
  }

  /** Resolves when no job runs. */
  async idle(): Promise<void> {
    await Promise.all([...this.#entries.values()].map((entry) => entry.ended));
  }

  #entry(uuid: string): Entry {
    const entry = this.#entries.get(uuid);
    if (!entry) throw new TritonError('ResourceNotFound', 404, `Job with uuid '${uuid}' does not exist`);
    return entry;
  }

  #remember(entry: Entry): void {
    this.#entries.set(entry.job.uuid, entry);
    if (this.#entries.size <= KEEP) return;
    for (const [uuid, { job }] of this.#entries) {
      if (job.execution === 'running') continue;
      this.#entries.delete(uuid);
      return;
    }
  }
}

async function execute(job: Job, spec: JobSpec): Promise<void> {
  const done: JobStep[] = [];
  for (const step of spec.steps) {
    const result: Job['chain_results'][number] = { name: step.name, result: '', error: '' };
    result.started_at = new Date().toISOString();
    job.chain_results.push(result);
    try {
      result.result = await step.run();
      done.push(step);
    } catch (err) {
      result.error = errorOf(err);
      await undo(done.reverse(), spec);
      job.execution = 'failed';
      spec.onFailed?.(err);
      throw err;
    } finally {
      result.finished_at = new Date().toISOString();
    }
  }
  job.execution = 'succeeded';
}

async function undo(steps: JobStep[], spec: JobSpec): Promise<void> {
  for (const step of steps) {
    try {
      await step.undo?.();
    } catch (err) {
      spec.log.error({ err, step: step.name, vm: spec.vmUuid }, 'a step of a failed job could not be undone');
    }
  }
}

/** The form that a workflow stores (triton-wire §2.5). */
function errorOf(err: unknown): object {
  if (err instanceof TritonError) {
    const { restCode, statusCode, ownMessage: message } = err;
    return { name: 'Error', message, restCode, statusCode, body: err.body() };
  }
  return { name: 'Error', message: 'an internal error occurred' };
}
