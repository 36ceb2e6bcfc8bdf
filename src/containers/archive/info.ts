// ContainerArchiveInfo: HEAD /containers/:id/archive.
import type { Reply, Req } from '#src/context.ts';
import { findContainer } from '../lookup.ts';
import { archivePath, statPath } from './open-copy.ts';
import { pathStatHeader } from './path-stat-header.ts';

export async function containerArchiveInfo(req: Req): Promise<Reply> {
  const at = archivePath(req);
  const vm = await findContainer(req, at.ref);
  return { status: 200, headers: pathStatHeader(await statPath(req, vm, at)) };
}
