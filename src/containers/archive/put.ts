// PutContainerArchive: PUT /containers/:id/archive.
import type { Socket } from 'node:net';
import type { CopyStatus } from '#lib/docker-vm/copy.ts';
import { readCopy, readyToWrite } from '#lib/triton/copy-stream.ts';
import { decompress } from '#src/api/decompress.ts';
import { queryBool } from '#src/api/query.ts';
import type { Reply, Req } from '#src/context.ts';
import { internal } from '#src/errors.ts';
import { emitContainerEvent } from '#src/vm/event-attributes.ts';
import { findContainer } from '../lookup.ts';
import { archivePath, openCopy, statusError } from './open-copy.ts';
import { sendGathered } from './send-gathered.ts';

/** Extracts the body, a tar that may be compressed, into a directory of the container. */
export async function putContainerArchive(req: Req): Promise<Reply> {
  const at = archivePath(req);
  const vm = await findContainer(req, at.ref);
  const { socket, told } = await openCopy(req, vm, at, {
    mode: 'write',
    no_overwrite_dir: queryBool(req.query.noOverwriteDirNonDir),
    copy_uid_gid: queryBool(req.query.copyUIDGID),
  });
  try {
    const failure = statusError(await send(req, socket, told), at);
    if (failure) throw failure;
  } finally {
    socket.destroy();
    // What the client still sends is thrown away: closed on unread bytes, its answer would be lost.
    req.raw.resume();
  }
  emitContainerEvent(req, vm, 'extract-to-dir');
  return { status: 200 };
}

/** How the copy went. Throws DockerError when the body cannot be read. */
async function send(req: Req, socket: Socket, told: boolean): Promise<CopyStatus | null> {
  if (told && !(await readyToWrite(socket))) return null;
  const body = await decompress(req.raw);
  const sent = sendGathered(body, socket);
  const status = await readCopy(socket, told, () => undefined);
  // The agent has an answer before the end of the body only when it failed; a body that failed has no answer.
  const bodyError = status === null || status.code !== undefined ? body.errored : null;
  if (bodyError) throw internal(bodyError.message, bodyError);
  if (status?.code === undefined) await sent;
  else if (body !== req.raw) body.destroy();
  return status;
}
