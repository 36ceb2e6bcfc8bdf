// ContainerArchive: GET /containers/:id/archive.
import type { Reply, Req } from '#src/context.ts';
import { emitContainerEvent } from '#src/vm/event-attributes.ts';
import { findContainer } from '../lookup.ts';
import { archivePath, openCopy, statusError } from './open-copy.ts';
import { pathStatHeader } from './path-stat-header.ts';
import { sendTar } from './send-tar.ts';

/** A tar of the path; errors only before its first byte, later the connection is cut. */
export async function containerArchive(req: Req): Promise<Reply> {
  const at = archivePath(req);
  const vm = await findContainer(req, at.ref);
  const { socket, stat, told } = await openCopy(req, vm, at, { mode: 'read' });
  emitContainerEvent(req, vm, 'archive-path');
  const status = await sendTar(req, socket, {
    told,
    headers: { ...(stat ? pathStatHeader(stat) : {}), 'Content-Type': 'application/x-tar' },
  });
  const failure = statusError(status, at);
  if (failure && !req.call.signal?.aborted) req.log.error({ err: failure }, 'an archive broke off');
  return 'handled';
}
