// ExecResize: POST /exec/:id/resize.
import { queryUint32 } from '#src/api/query.ts';
import type { Reply, Req } from '#src/context.ts';
import { asDocker } from '#src/vm/triton-errors.ts';
import { findLiveExec } from './lookup.ts';

/** 200. Before the start the agent keeps the size and starts with it. */
export async function execResize(req: Req): Promise<Reply> {
  const h = queryUint32(req.query.h, 'height');
  const w = queryUint32(req.query.w, 'width');
  const { record } = await findLiveExec(req);
  const { cnapi } = req.app.triton;
  const resize = cnapi.dockerResize(record.server_uuid, record.vm_uuid, record.id, { w, h }, req.call);
  await asDocker(resize, { ref: record.container_id, id: record.container_id });
  return { status: 200 };
}
