// VolumeDelete: DELETE /volumes/:name.
import { hasRestCode } from '#lib/wire/errors.ts';
import type { Volume } from '#lib/wire/types.ts';
import { queryBool } from '#src/api/query.ts';
import type { Reply, Req } from '#src/context.ts';
import { conflict, notFound } from '#src/errors.ts';
import { outliving } from '#src/vm/outlive.ts';
import { toDockerError } from '#src/vm/triton-errors.ts';
import { emitVolumeEvent } from './events.ts';
import { findVolume, usersOf } from './lookup.ts';

/** 204. With force also when there is none; what a container uses stays in any case. */
export async function volumeDelete(req: Req): Promise<Reply> {
  const name = req.params.name!;
  const volume = await findVolume(req, name);
  if (volume) await removeVolume(req, volume);
  else if (!queryBool(req.query.force)) throw notFound(`get ${name}: no such volume`);
  return { status: 204 };
}

/** Also used by prune. Throws DockerError conflict while it is in use. */
export async function removeVolume(req: Req, volume: Volume): Promise<void> {
  if (volume.refs?.length) throw await inUse(req, volume);
  const opts = { owner_uuid: req.account.uuid };
  try {
    await req.app.triton.volapi.deleteVolume(volume.uuid, opts, outliving(req.call));
  } catch (err) {
    if (hasRestCode(err, 'VolumeNotFound'))
      throw notFound(`get ${volume.name}: no such volume`, err as Error);
    if (!hasRestCode(err, 'VolumeInUse')) throw toDockerError(err, { ref: volume.name });
    throw await inUse(req, (await findVolume(req, volume.name)) ?? volume);
  }
  emitVolumeEvent(req, 'destroy', volume);
}

async function inUse(req: Req, volume: Volume): Promise<Error> {
  const users = await usersOf(req, volume);
  return conflict(`remove ${volume.name}: volume is in use - [${users.join(', ')}]`);
}
