// Asks the compute node for a copy and says its refusals in dockerd's words.
import type { Socket } from 'node:net';
import type { ContainerPathStat, CopyRequest, CopyStatus } from '#lib/docker-vm/copy.ts';
import type { Vm } from '#lib/wire/types.ts';
import type { Req } from '#src/context.ts';
import { conflict, DockerError, internal, invalid, notFound, notImplemented } from '#src/errors.ts';
import { hasCapability } from '#src/vm/capability.ts';
import { dockerIdOf } from '#src/vm/metadata.ts';
import { serverOf } from '#src/vm/open-stream.ts';
import { toDockerError, tritonErrorIn } from '#src/vm/triton-errors.ts';

/** Both of an archive request, as typed. */
export interface ArchivePath {
  ref: string;
  path: string;
}

export interface OpenCopy {
  socket: Socket;
  stat: ContainerPathStat | null;
  /** The agent tells how the copy went. */
  told: boolean;
}

/** Throws DockerError invalid with dockerd's text. */
export function archivePath(req: Req): ArchivePath {
  const { path = '' } = req.query;
  if (path === '') throw invalid('bad parameter: path cannot be empty');
  return { ref: req.params.id!, path };
}

/** Throws DockerError. The socket is the caller's to destroy; it breaks when the client goes. */
export async function openCopy(
  req: Req,
  vm: Vm,
  at: ArchivePath,
  request: Omit<CopyRequest, 'path' | 'copy_status'>,
): Promise<OpenCopy> {
  const { cnapi, connectRaw } = req.app.triton;
  const told = await hasCapability(req, vm, 'copy_status');
  const asked = { ...request, path: at.path, ...(told ? { copy_status: true } : {}) };
  try {
    const endpoint = await cnapi.dockerCopy(serverOf(vm), vm.uuid, asked, req.call);
    const socket = await connectRaw(endpoint, { signal: req.call.signal });
    return { socket, stat: endpoint.containerPathStat ?? null, told };
  } catch (err) {
    throw copyError(err, vm, at);
  }
}

/** Throws DockerError. */
export async function statPath(req: Req, vm: Vm, at: ArchivePath): Promise<ContainerPathStat> {
  try {
    const request = { path: at.path, mode: 'stat' as const };
    const answer = await req.app.triton.cnapi.dockerCopy(serverOf(vm), vm.uuid, request, req.call);
    return answer.containerPathStat!;
  } catch (err) {
    throw copyError(err, vm, at);
  }
}

/** What a refusal of docker-copy means to a Docker client. */
export function copyError(err: unknown, vm: Vm, at: ArchivePath): DockerError {
  if (err instanceof DockerError) return err;
  const triton = tritonErrorIn(err);
  const known = triton && refusal(triton.restCode, triton.ownMessage, at, triton);
  return known ?? toDockerError(err, { ref: at.ref, id: dockerIdOf(vm) });
}

/** The same for how a stream ended; null is one that broke off. */
export function statusError(status: CopyStatus | null, at: ArchivePath): DockerError | null {
  if (status === null) return internal(`the copy of ${at.path} broke off`);
  if (status.code === undefined) return null;
  const message = status.message ?? status.code;
  return refusal(status.code, message, at) ?? internal(message);
}

function refusal(code: string, message: string, at: ArchivePath, cause?: Error): DockerError | null {
  switch (code) {
    case 'FileNotFound':
      return notFound(`Could not find the file ${at.path} in container ${at.ref}`, cause);
    case 'PathNotDirectory':
      return invalid('extraction point is not a directory', cause);
    case 'PathReadOnly':
      return invalid(message, cause);
    case 'CopyFailed':
      return internal(message, cause);
    case 'DockerCopyStoppedContainerNoPlatformSupport':
      return notImplemented('the platform of this compute node cannot copy from or to a stopped container');
    case 'VmNotRunning':
      return conflict(`container ${at.ref} is not running`, cause);
    default:
      return null;
  }
}
