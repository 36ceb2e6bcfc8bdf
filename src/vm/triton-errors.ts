// What Triton's refusals mean to a Docker client: restCode → kind and dockerd's text, in one place.
import { TritonError } from '#lib/wire/errors.ts';
import { conflict, DockerError, type ErrorKind, internal, notFound, unavailable } from '#src/errors.ts';

/** Words for the client: what the user typed and the whole id, where known. */
export interface ErrorContext {
  /** As typed in the request. */
  ref: string;
  /** 64 hex */
  id?: string;
}

/** restCodes whose message is safe and useful to a client (sdc-docker's list, triton-wire §2.6, and our agent's Docker texts). */
const KIND_OF: Readonly<Record<string, ErrorKind>> = {
  ValidationFailed: 'invalid',
  NoAllocatableServersError: 'unavailable',
  VolumesNotReachable: 'conflict',
  ValidationError: 'invalid',
  StorageUnavailable: 'unavailable',
  VolumeMountFailed: 'internal',
  VolumeOverFile: 'invalid',
  BindSourceMissing: 'invalid',
  MountRefused: 'invalid',
  LimitNotAvailable: 'invalid',
  LimitRefused: 'internal',
  WorkdirNotDirectory: 'internal',
  InterfaceRefused: 'internal',
  UnallocatedVM: 'conflict',
  SubnetFull: 'unavailable',
  SubnetsExhausted: 'unavailable',
};

/** The first TritonError among an error and its causes, or null. */
export function tritonErrorIn(err: unknown): TritonError | null {
  for (let e = err; e instanceof Error; e = causeOf(e)) {
    if (e instanceof TritonError) return e;
  }
  return null;
}

/** Any error as a DockerError; a DockerError stays what it is. */
export function toDockerError(err: unknown, context: ErrorContext): DockerError {
  if (err instanceof DockerError) return err;
  const cause = err instanceof Error ? err : new Error(String(err));
  const triton = tritonErrorIn(err);
  if (triton === null) return internal('an internal error of sdc-docker; its log says more', cause);
  switch (triton.restCode) {
    case 'ResourceNotFound':
    case 'VmNotFound':
      return notFound(`No such container: ${context.ref}`, cause);
    case 'VmNotRunning':
      return conflict(`container ${context.id ?? context.ref} is not running`, cause);
    case 'VmPaused':
      return conflict(`Container ${context.ref} is paused, unpause the container before exec`, cause);
    case 'VmStartFailed':
    case 'VmExecFailed':
    case 'ExecFailed':
      // Its container ended just before it.
      if (/^container \S+ is not running$/.test(triton.ownMessage)) return conflict(triton.ownMessage, cause);
      return new DockerError(startKind(triton), triton.ownMessage, cause);
  }
  const kind = KIND_OF[triton.restCode];
  if (kind !== undefined) return new DockerError(kind, wholeMessage(triton), cause);
  if (triton.statusCode === 503) return unavailable(triton.ownMessage, cause);
  return internal(`the datacenter could not do this (${triton.restCode})`, cause);
}

/** Awaits a Triton call; its refusal is thrown as DockerError. */
export async function asDocker<T>(promise: Promise<T>, context: ErrorContext): Promise<T> {
  try {
    return await promise;
  } catch (err) {
    throw toDockerError(err, context);
  }
}

function startKind(err: TritonError): ErrorKind {
  if (err.ownMessage.startsWith('error while mounting volume')) return 'internal';
  if (err.statusCode === 400) return 'invalid';
  if (err.statusCode === 409) return 'conflict';
  // Ours: the status says all.
  if (err.restCode === 'VmStartFailed') return 'internal';
  return /executable file not found|no such file or directory|permission denied|is a directory/i.test(
    err.ownMessage,
  )
    ? 'invalid'
    : 'internal';
}

function wholeMessage(err: TritonError): string {
  const details = err.errors
    .filter((error) => error.message !== undefined)
    .map((error) => `${error.field}: ${error.message}`);
  return details.length > 0 ? `${err.ownMessage}: ${details.join('; ')}` : err.ownMessage;
}

function causeOf(err: Error): unknown {
  const verror = err as Error & { cause?: unknown };
  return typeof verror.cause === 'function' ? (verror.cause as () => unknown)() : verror.cause;
}
