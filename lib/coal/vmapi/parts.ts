// What the operations of VMAPI work with, made once by vmapi.ts.
import type Logger from 'bunyan';
import type { AgentImage, AgentTasks, TaskName } from '#lib/cn-agent/types.ts';
import { VmLock } from '#lib/cn-agent/vm-lock.ts';
import { TritonError } from '#lib/wire/errors.ts';
import type { Package, Vm, VmJobRef, VmNetworkRequest, VmNic } from '#lib/wire/types.ts';
import { isUuid } from '#lib/wire/uuid.ts';
import type { TaskRunner } from '../cnapi/task-runner.ts';
import type { CoalReply, CoalRequest } from '../types.ts';
import { queryBoolean } from '../validation.ts';
import type { Volumes } from '../volapi/volumes.ts';
import type { JobStep, Jobs } from './jobs.ts';
import type { VmStore } from './vm-store.ts';

/** The neighbours that a provision asks. */
export interface Neighbours {
  /** PAPI: null when there is no such package. */
  findPackage(uuid: string): Package | null;
  /** NAPI: idempotent per VM and network. Throws TritonError (address in use, network full, no such network). */
  provisionNics(vm: { uuid: string; owner_uuid: string }, wanted: VmNetworkRequest[]): VmNic[];
  /** One more nic per network; throws as provisionNics. */
  addNics(vm: { uuid: string; owner_uuid: string }, wanted: VmNetworkRequest[]): VmNic[];
  removeNics(vmUuid: string, macs: string[]): void;
  nicsOf(vmUuid: string): VmNic[];
  releaseNics(vmUuid: string): void;
  /** Uuids of all VMs that hold a nic. */
  nicHolders(): string[];
  /** VOLAPI: what a VM uses, made where it is missing. */
  volumes: Pick<Volumes, 'provision' | 'settle' | 'release'> & { holders(): string[] };
  /** IMGAPI: null when the image is not here. */
  agentImage(uuid: string, configDigest?: string): Promise<AgentImage | null>;
}

export interface VmapiParts extends Neighbours {
  store: VmStore;
  jobs: Jobs;
  tasks: TaskRunner;
  /** `owner/alias` of updates under way: taken, though no record says so yet. */
  aliasesTaken: Set<string>;
  /** One queue per VM for what changes its record by way of the agent. */
  locks: Map<string, VmLock>;
  log: Logger;
}

/** The VM of the path; with owner_uuid in the query it must be that owner's. Throws TritonError ResourceNotFound. */
export function vmOf(parts: VmapiParts, req: CoalRequest): Vm {
  const { uuid = '' } = req.params;
  const vm = isUuid(uuid) ? parts.store.get(uuid) : undefined;
  const { owner_uuid: owner } = req.query;
  if (!vm || (owner !== undefined && owner !== vm.owner_uuid)) {
    throw new TritonError('ResourceNotFound', 404, 'VM not found');
  }
  return vm;
}

/** True when another VM of the owner that exists has the alias. */
export function aliasInUse(parts: VmapiParts, owner: string, alias: string, except: string): boolean {
  if (parts.aliasesTaken.has(`${owner}/${alias}`)) return true;
  return parts.store.named(owner, alias).some((uuid) => uuid !== except);
}

/** Starts a job; with sync=true the 202 waits for its end and a failure becomes the reply. */
export async function runJob(
  parts: VmapiParts,
  req: CoalRequest,
  vm: Pick<Vm, 'uuid' | 'owner_uuid'>,
  spec: { task: string; steps: JobStep[]; onFailed?: (err: unknown) => void },
): Promise<CoalReply> {
  const sync = queryBoolean(req.query, 'sync') === true;
  const { job, done } = parts.jobs.start({
    ...spec,
    vmUuid: vm.uuid,
    ownerUuid: vm.owner_uuid,
    serverUuid: parts.tasks.agent.serverUuid,
    reqId: req.reqId,
    log: req.log,
  });
  // Nobody waits for it otherwise; the job itself logs its failure.
  if (sync) await done;
  else done.catch(() => undefined);
  const body: VmJobRef = { vm_uuid: vm.uuid, job_uuid: job.uuid };
  return { status: 202, body, headers: { 'workflow-api': 'http://localhost' } };
}

/** A job's step that is one task of the agent. */
export function taskStep<T extends TaskName>(
  parts: VmapiParts,
  req: CoalRequest,
  name: string,
  task: T,
  params: AgentTasks[T]['params'],
  tolerate?: string,
): JobStep {
  return {
    name,
    async run() {
      try {
        await parts.tasks.run(task, params, req);
        return 'Task completed successfully';
      } catch (err) {
        if (tolerate !== undefined && err instanceof TritonError && err.restCode === tolerate)
          return 'nothing to do';
        throw err;
      }
    },
  };
}

/** The lock of a VM's record; forgotten with the VM. */
export function lockOf(parts: VmapiParts, uuid: string): VmLock {
  let lock = parts.locks.get(uuid);
  if (!lock) {
    lock = new VmLock();
    parts.locks.set(uuid, lock);
  }
  return lock;
}
