// ContainerRestart: POST /containers/:id/restart.
import type { Reply, Req } from '#src/context.ts';
import { DockerError, internal } from '#src/errors.ts';
import { dockerIdOf } from '#src/vm/metadata.ts';
import { outliving } from '#src/vm/outlive.ts';
import { startWithNics } from '#src/vm/places.ts';
import { toDockerError } from '#src/vm/triton-errors.ts';
import { announceStop } from './announce-stop.ts';
import { refreshLinks } from './links/refresh-links.ts';
import { findContainer } from './lookup.ts';
import { parseStopOptions } from './stop-options.ts';

/** 204 when it runs again; one that does not run is started. */
export async function containerRestart(req: Req): Promise<Reply> {
  const ref = req.params.id!;
  const asked = parseStopOptions(req);
  const vm = await findContainer(req, ref);
  const options = asked((message) => internal(`Cannot restart container ${ref}: ${message}`));
  const announced = announceStop(req, vm, options, 'restart');
  try {
    await startWithNics(req, vm, async (macs) => {
      await refreshLinks(req, vm);
      const opts = { owner_uuid: req.account.uuid, idempotent: true, ...options, macs };
      await req.app.triton.vmapi.rebootVm(vm, opts, outliving(req.call));
    });
  } catch (err) {
    const reason = toDockerError(err, { ref, id: dockerIdOf(vm) });
    // dockerd has a 500 for everything here; that it was removed meanwhile is nobody's failure.
    const kind = ['notFound', 'conflict'].includes(reason.kind) ? reason.kind : 'internal';
    throw new DockerError(kind, `Cannot restart container ${ref}: ${reason.clientMessage}`, reason);
  } finally {
    announced();
  }
  return { status: 204 };
}
