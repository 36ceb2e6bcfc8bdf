// ContainerDelete: DELETE /containers/:id.
import type { Vm } from '#lib/wire/types.ts';
import { queryBool } from '#src/api/query.ts';
import type { Reply, Req } from '#src/context.ts';
import { conflict } from '#src/errors.ts';
import { emitContainerEvent } from '#src/vm/event-attributes.ts';
import { dockerIdOf } from '#src/vm/metadata.ts';
import { outliving } from '#src/vm/outlive.ts';
import { isRunning, statusOf } from '#src/vm/state.ts';
import { asDocker } from '#src/vm/triton-errors.ts';
import { removeLink } from './links/remove-link.ts';
import { findContainer } from './lookup.ts';

/** 204. With `v` its anonymous volumes go with it. */
export async function containerDelete(req: Req): Promise<Reply> {
  const ref = req.params.id!;
  if (queryBool(req.query.link)) {
    await removeLink(req, ref);
    return { status: 204 };
  }
  const vm = await findContainer(req, ref);
  if (isRunning(vm) && !queryBool(req.query.force)) throw stillRunning(vm);
  await removeContainer(req, vm, ref, queryBool(req.query.v));
  return { status: 204 };
}

/** Kills it when it runs, removes it, forgets its execs. Also used by prune. */
export async function removeContainer(req: Req, vm: Vm, ref: string, volumes = false): Promise<void> {
  const over = req.app.events.operation(vm.uuid, { kind: 'remove' });
  if (['running', 'paused'].includes(statusOf(vm))) emitContainerEvent(req, vm, 'kill', { signal: '9' });
  try {
    const deleted = req.app.triton.vmapi.deleteVm(
      vm.uuid,
      { owner_uuid: req.account.uuid, remove_volumes: volumes },
      outliving(req.call),
    );
    await asDocker(deleted, { ref, id: dockerIdOf(vm) });
  } finally {
    over();
  }
  req.app.store.execs.deleteOfContainer(vm.uuid);
}

function stillRunning(vm: Vm): Error {
  const status = statusOf(vm);
  const why =
    status === 'paused'
      ? 'container is paused and must be unpaused first'
      : `container is ${status}: stop the container before removing or force remove`;
  return conflict(`cannot remove container "/${vm.alias ?? ''}": ${why}`);
}
