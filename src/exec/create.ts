// ContainerExec: POST /containers/:id/exec.
import { randomBytes } from 'node:crypto';
import { findContainer } from '#src/containers/lookup.ts';
import type { Reply, Req } from '#src/context.ts';
import { notFound } from '#src/errors.ts';
import { requireHostAccessOfExec } from '#src/host-access.ts';
import { emitContainerEvent } from '#src/vm/event-attributes.ts';
import { configOf, dockerIdOf } from '#src/vm/metadata.ts';
import { serverOf } from '#src/vm/open-stream.ts';
import { startedAt } from '#src/vm/state.ts';
import { commandText, decodeExec } from './config.ts';
import { requireRunning } from './lookup.ts';

/** How long an ended exec can still be inspected (ms); dockerd forgets it after 5 to 10 minutes. */
const KEEP_MS = 10 * 60_000;

/** Only a record: the process is made by ExecStart. 201 with the new id. */
export async function containerExec(req: Req): Promise<Reply> {
  const config = decodeExec(await req.json());
  if (req.version < 42) config.ConsoleSize = null;
  requireHostAccessOfExec(req.app.config, req.account, config.Privileged);
  const vm = await findContainer(req, req.params.id!);
  requireRunning(vm, req.params.id!);
  config.User ||= configOf(vm).User;
  // From here to the record there is no pause: one that goes later takes it along.
  if (req.app.events.isGone(vm.uuid)) throw notFound(`No such container: ${req.params.id}`);
  const id = randomBytes(32).toString('hex');
  const now = Date.now();
  const { execs } = req.app.store;
  execs.prune(now - KEEP_MS);
  execs.put({
    id,
    owner_uuid: req.account.uuid,
    container_id: dockerIdOf(vm),
    vm_uuid: vm.uuid,
    server_uuid: serverOf(vm),
    run: startedAt(vm) ?? '',
    config: { ...config },
    state: 'created',
    exit_code: null,
    pid: 0,
    created_at: now,
    exited_at: null,
  });
  emitContainerEvent(req, vm, `exec_create: ${commandText(config.Cmd)}`, { execID: id });
  return { status: 201, body: { Id: id } };
}
