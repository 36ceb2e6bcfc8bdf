// ContainerStart: POST /containers/:id/start.
import { MD } from '#lib/docker-vm/metadata.ts';
import { hasRestCode } from '#lib/wire/errors.ts';
import type { Vm } from '#lib/wire/types.ts';
import type { Reply, Req } from '#src/context.ts';
import { conflict, invalid, notModified } from '#src/errors.ts';
import { dockerIdOf } from '#src/vm/metadata.ts';
import { outliving } from '#src/vm/outlive.ts';
import { startWithNics } from '#src/vm/places.ts';
import { isRunning, statusOf } from '#src/vm/state.ts';
import { toDockerError } from '#src/vm/triton-errors.ts';
import { refreshLinks } from './links/refresh-links.ts';
import { findContainer } from './lookup.ts';

/** A shorter body cannot be a JSON object with something in it. */
const EMPTY_BODY = 7;

/** 204, or 304 when it runs. The text of a failed start is the agent's, which is dockerd's. */
export async function containerStart(req: Req): Promise<Reply> {
  refuseBody(req);
  if (req.query.checkpoint) throw invalid('checkpoint is only supported in experimental mode');
  const vm = await findContainer(req, req.params.id!);
  if (statusOf(vm) === 'paused') throw conflict('cannot start a paused container, try unpause instead');
  if (isRunning(vm)) throw notModified();
  const opts = { owner_uuid: req.account.uuid };
  try {
    await startWithNics(req, vm, async (macs) => {
      await refreshLinks(req, vm);
      await req.app.triton.vmapi.startVm(vm, { ...opts, macs }, outliving(req.call));
    });
  } catch (err) {
    // Somebody else was faster.
    if (hasRestCode(err, 'VmNotStopped')) throw notModified(err as Error);
    await removeIfAuto(req, vm);
    throw toDockerError(err, { ref: req.params.id!, id: dockerIdOf(vm) });
  }
  return { status: 204 };
}

/** A --rm container that cannot start is removed before the answer, as dockerd does; `docker run --rm` waits for that. */
async function removeIfAuto(req: Req, vm: Vm): Promise<void> {
  if (vm.internal_metadata[MD.autoRemove] !== true) return;
  try {
    const opts = { owner_uuid: req.account.uuid, remove_volumes: true };
    await req.app.triton.vmapi.deleteVm(vm.uuid, opts, outliving(req.call));
  } catch (err) {
    req.log.warn({ err, vm: vm.uuid }, 'a --rm container that failed to start could not be removed');
  }
}

/** Before API 1.24 a HostConfig could be sent; doing the start without it would be doing something else. */
function refuseBody(req: Req): void {
  const length = Number(req.headers['content-length'] ?? 0);
  if (length > EMPTY_BODY || req.headers['transfer-encoding'] !== undefined) {
    throw invalid(
      'starting container with non-empty request body was deprecated since API v1.22 and removed in v1.24',
    );
  }
}
