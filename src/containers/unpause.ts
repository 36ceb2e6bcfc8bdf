// ContainerUnpause: POST /containers/:id/unpause.
import { hasRestCode } from '#lib/wire/errors.ts';
import type { Reply, Req } from '#src/context.ts';
import { internal } from '#src/errors.ts';
import { dockerIdOf } from '#src/vm/metadata.ts';
import { outliving } from '#src/vm/outlive.ts';
import { statusOf } from '#src/vm/state.ts';
import { toDockerError } from '#src/vm/triton-errors.ts';
import { findContainer } from './lookup.ts';

/** 204. One that is not paused is a 500, as dockerd has it. The `unpause` event comes by the changefeed. */
export async function containerUnpause(req: Req): Promise<Reply> {
  const ref = req.params.id!;
  const vm = await findContainer(req, ref);
  const id = dockerIdOf(vm);
  const notPaused = () => internal(`Container ${id} is not paused`);
  // Only a compute node that can pause has paused ones.
  if (statusOf(vm) !== 'paused') throw notPaused();
  try {
    const opts = { owner_uuid: req.account.uuid };
    await req.app.triton.vmapi.unpauseVm(vm.uuid, opts, outliving(req.call));
  } catch (err) {
    throw hasRestCode(err, 'VmNotPaused') ? notPaused() : toDockerError(err, { ref, id });
  }
  return { status: 204 };
}
