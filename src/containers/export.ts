// ContainerExport: GET /containers/:id/export.
import type { Reply, Req } from '#src/context.ts';
import { requireCapability } from '#src/vm/capability.ts';
import { emitContainerEvent } from '#src/vm/event-attributes.ts';
import { dockerIdOf } from '#src/vm/metadata.ts';
import { serverOf } from '#src/vm/open-stream.ts';
import { asDocker } from '#src/vm/triton-errors.ts';
import { statusError } from './archive/open-copy.ts';
import { sendTar } from './archive/send-tar.ts';
import { findContainer } from './lookup.ts';

/** The root file system without volumes and other mounts. */
export async function containerExport(req: Req): Promise<Reply> {
  const ref = req.params.id!;
  const vm = await findContainer(req, ref);
  const refusal =
    'docker export is not possible on this compute node: its agent cannot send a whole file system';
  await requireCapability(req, vm, 'docker_export', refusal);
  const { cnapi, connectRaw } = req.app.triton;
  const context = { ref, id: dockerIdOf(vm) };
  const endpoint = await asDocker(cnapi.dockerExport(serverOf(vm), vm.uuid, req.call), context);
  const socket = await asDocker(connectRaw(endpoint, { signal: req.call.signal }), context);
  const headers = { 'Content-Type': 'application/octet-stream' };
  const status = await sendTar(req, socket, { told: true, headers, mayCompress: false });
  const failure = statusError(status, { ref, path: '/' });
  if (failure === null) emitContainerEvent(req, vm, 'export');
  else if (!req.call.signal?.aborted) req.log.error({ err: failure }, 'an export broke off');
  return 'handled';
}
