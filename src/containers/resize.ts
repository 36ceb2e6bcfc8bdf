// ContainerResize: POST /containers/:id/resize.

import { queryUint32 } from '#src/api/query.ts';
import type { Reply, Req } from '#src/context.ts';
import { conflict } from '#src/errors.ts';
import { emitContainerEvent } from '#src/vm/event-attributes.ts';
import { dockerIdOf } from '#src/vm/metadata.ts';
import { serverOf } from '#src/vm/open-stream.ts';
import { statusOf } from '#src/vm/state.ts';
import { asDocker } from '#src/vm/triton-errors.ts';
import { findContainer } from './lookup.ts';

/** 200. One that has not been started yet takes the size too and starts with it: a client's first resize often comes early. */
export async function containerResize(req: Req): Promise<Reply> {
  const h = queryUint32(req.query.h, 'height');
  const w = queryUint32(req.query.w, 'width');
  const vm = await findContainer(req, req.params.id!);
  const id = dockerIdOf(vm);
  if (!['running', 'paused', 'created'].includes(statusOf(vm)))
    throw conflict(`container ${id} is not running`);
  const { cnapi } = req.app.triton;
  await asDocker(cnapi.dockerResize(serverOf(vm), vm.uuid, null, { w, h }, req.call), { ref: id, id });
  emitContainerEvent(req, vm, 'resize', { height: String(h), width: String(w) });
  return { status: 200 };
}
