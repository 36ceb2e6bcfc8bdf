// ContainerPause: POST /containers/:id/pause.
import { hasRestCode } from '#lib/wire/errors.ts';
import type { Reply, Req } from '#src/context.ts';
import { conflict } from '#src/errors.ts';
import { requireCapability } from '#src/vm/capability.ts';
import { dockerIdOf } from '#src/vm/metadata.ts';
import { outliving } from '#src/vm/outlive.ts';
import { statusOf } from '#src/vm/state.ts';
import { toDockerError } from '#src/vm/triton-errors.ts';
import { findContainer } from './lookup.ts';

/** 204 when every process stands still. The `pause` event comes by the changefeed. */
export async function containerPause(req: Req): Promise<Reply> {
  const ref = req.params.id!;
  const vm = await findContainer(req, ref);
  const id = dockerIdOf(vm);
  const status = statusOf(vm);
  if (status === 'paused') throw alreadyPaused(id);
  if (status === 'restarting') {
    throw conflict(`Container ${id} is restarting, wait until the container is running`);
  }
  if (status !== 'running') throw conflict(`container ${id} is not running`);
  await requireCapability(req, vm, 'docker_pause', 'this datacenter cannot pause a container');
  try {
    const opts = { owner_uuid: req.account.uuid };
    await req.app.triton.vmapi.pauseVm(vm.uuid, opts, outliving(req.call));
  } catch (err) {
    throw hasRestCode(err, 'VmPaused') ? alreadyPaused(id) : toDockerError(err, { ref, id });
  }
  return { status: 204 };
}

function alreadyPaused(id: string): Error {
  return conflict(`container ${id} is already paused`);
}
