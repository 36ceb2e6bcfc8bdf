// Exec id → its record, with the container it runs in.
import type { ExecRecord } from '#lib/store/types.ts';
import type { Vm } from '#lib/wire/types.ts';
import { findContainer } from '#src/containers/lookup.ts';
import type { Req } from '#src/context.ts';
import { conflict, notFound } from '#src/errors.ts';
import { dockerIdOf } from '#src/vm/metadata.ts';
import { isRunning, startedAt, statusOf } from '#src/vm/state.ts';

/** Throws DockerError notFound. Ids are whole: dockerd knows no prefixes of them either. */
export function findExec(req: Req): ExecRecord {
  const id = req.params.id!;
  const record = req.app.store.execs.get(req.account.uuid, id);
  if (!record) throw notFound(`No such exec instance: ${id}`);
  return record;
}

/** The record and its running container. Throws DockerError notFound, or conflict with dockerd's text when it cannot run an exec. */
export async function findLiveExec(req: Req): Promise<{ record: ExecRecord; vm: Vm }> {
  const record = findExec(req);
  const vm = await findContainer(req, record.container_id);
  // One that was never started goes with the run that it was made in; those that have run can be looked at for a while.
  if (record.state === 'created' && record.run && !(isRunning(vm) && startedAt(vm) === record.run))
    throw notFound(`No such exec instance: ${record.id}`);
  requireRunning(vm, record.container_id);
  return { record, vm };
}

/** Throws DockerError conflict unless an exec can run in it now. `ref`: as the client named the container. */
export function requireRunning(vm: Vm, ref: string): void {
  const id = dockerIdOf(vm);
  if (!isRunning(vm)) throw conflict(`container ${id} is not running`);
  if (statusOf(vm) === 'paused') {
    throw conflict(`Container ${ref} is paused, unpause the container before exec`);
  }
  if (statusOf(vm) === 'restarting') {
    throw conflict(`Container ${id} is restarting, wait until the container is running`);
  }
}
