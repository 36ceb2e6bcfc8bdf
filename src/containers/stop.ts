// ContainerStop: POST /containers/:id/stop.
import { hasRestCode } from '#lib/wire/errors.ts';
import type { Reply, Req } from '#src/context.ts';
import { internal, notModified } from '#src/errors.ts';
import { dockerIdOf } from '#src/vm/metadata.ts';
import { outliving } from '#src/vm/outlive.ts';
import { isRunning } from '#src/vm/state.ts';
import { toDockerError } from '#src/vm/triton-errors.ts';
import { announceStop } from './announce-stop.ts';
import { findContainer } from './lookup.ts';
import { parseStopOptions } from './stop-options.ts';

/** 204 when it has stopped, 304 when it did not run. */
export async function containerStop(req: Req): Promise<Reply> {
  const ref = req.params.id!;
  const asked = parseStopOptions(req);
  const vm = await findContainer(req, ref);
  if (!isRunning(vm)) throw notModified();
  const options = asked((message) => internal(`cannot stop container: ${ref}: ${message}`));
  const announced = announceStop(req, vm, options, 'stop');
  try {
    // idempotent: a container in the back-off of a restart is stopped for VMAPI, and shall stay so.
    await req.app.triton.vmapi.stopVm(
      vm.uuid,
      { owner_uuid: req.account.uuid, idempotent: true, ...options },
      outliving(req.call),
    );
  } catch (err) {
    if (hasRestCode(err, 'VmNotRunning')) throw notModified(err as Error);
    throw toDockerError(err, { ref, id: dockerIdOf(vm) });
  } finally {
    announced();
  }
  return { status: 204 };
}
