// One table from Triton's restCodes to Docker's error kinds, for errors that no handler gave better words to.
import type { TritonError } from '#lib/wire/errors.ts';
import type { ErrorKind } from '#src/errors.ts';
import { DockerError } from '#src/errors.ts';

const KIND_OF: Readonly<Record<string, ErrorKind>> = {
  ResourceNotFound: 'notFound',
  VmNotFound: 'notFound',
  FileNotFound: 'notFound',
  NotFound: 'notFound',
  ValidationFailed: 'invalid',
  InvalidParameters: 'invalid',
  InvalidParameter: 'invalid',
  InvalidArgument: 'invalid',
  MissingParameter: 'invalid',
  BadRequest: 'invalid',
  PathNotDirectory: 'invalid',
  VmNotRunning: 'conflict',
  VmNotStopped: 'conflict',
  NicsChanged: 'conflict',
  UnallocatedVM: 'conflict',
  Conflict: 'conflict',
  InUse: 'conflict',
  InUseError: 'conflict',
  NoAllocatableServersError: 'conflict',
  VolumesNotReachable: 'conflict',
  NotAuthorized: 'forbidden',
  NotPermitted: 'forbidden',
  AccountDoesNotExist: 'forbidden',
  Unauthorized: 'unauthorized',
  ServiceUnavailable: 'unavailable',
  DataVersion: 'unavailable',
  MorayBucketsNotSetup: 'unavailable',
};

/** Texts that say something to a Docker user as they are; the rest is told in our own words. */
const SPEAKS = new Set<ErrorKind>(['notFound', 'invalid', 'conflict', 'unavailable']);

/** The DockerError for a service's refusal. The service's words are passed on only where they are for users. */
export function fromTriton(err: TritonError): DockerError {
  const known = Object.hasOwn(KIND_OF, err.restCode) ? KIND_OF[err.restCode] : undefined;
  const kind = known ?? kindOfStatus(err.statusCode);
  if (!SPEAKS.has(kind)) return new DockerError(kind, words(kind), err);
  const details = err.errors
    .map((e) => `${Array.isArray(e.field) ? e.field.join(',') : e.field}: ${e.message ?? e.code}`)
    .join('; ');
  return new DockerError(kind, details === '' ? err.ownMessage : `${err.ownMessage}: ${details}`, err);
}

function kindOfStatus(status: number): ErrorKind {
  if (status === 404) return 'notFound';
  if (status === 409) return 'conflict';
  if (status === 403) return 'forbidden';
  if (status === 401) return 'unauthorized';
  if (status === 503) return 'unavailable';
  return status >= 400 && status < 500 ? 'invalid' : 'internal';
}

function words(kind: ErrorKind): string {
  if (kind === 'forbidden') return 'the account may not do that in this datacenter';
  if (kind === 'unauthorized') return 'the datacenter did not accept the account';
  return 'the datacenter could not do that: see the log of sdc-docker for this request';
}
