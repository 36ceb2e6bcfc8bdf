// Turns whatever a handler threw into one status and one client message; what the client must not see stays in the log.
import VError from 'verror';
import { TritonError } from '#lib/wire/errors.ts';
import { fromTriton } from '#src/api/triton-errors.ts';
import { DockerError, STATUS_OF, unavailable } from '#src/errors.ts';

const NO_ROAD = new Set([
  'ECONNREFUSED',
  'ENOENT',
  'ECONNRESET',
  'EACCES',
  'EPIPE',
  'ENOTFOUND',
  'ETIMEDOUT',
]);

/** Any throw → a DockerError. */
export function toDockerError(err: unknown): DockerError {
  if (err instanceof DockerError) return err;
  for (let e: unknown = err; e instanceof Error; e = VError.cause(e) ?? e.cause) {
    if (e instanceof DockerError) return e;
    if (e instanceof TritonError) return fromTriton(e);
  }
  if (!(err instanceof Error)) return new DockerError('internal', 'internal error');
  if (isUnreachable(err)) {
    return unavailable('the Triton services cannot be reached: are they running?', err);
  }
  return new DockerError('internal', 'internal error: see the log of sdc-docker for this request', err);
}

/** Status and JSON body for a client. 304 has no body. */
export function errorReply(err: DockerError): { status: number; body?: { message: string } } {
  const status = STATUS_OF[err.kind];
  return status === 304 ? { status } : { status, body: { message: err.clientMessage } };
}

/** True for the errors of a service's socket that nobody serves. A missing *file* of our own is not one of them. */
function isUnreachable(err: Error): boolean {
  for (let e: unknown = err; e instanceof Error; e = VError.cause(e) ?? e.cause) {
    const { code, syscall } = e as NodeJS.ErrnoException;
    if (code !== undefined && NO_ROAD.has(code) && (syscall === 'connect' || code !== 'ENOENT')) return true;
    if (e instanceof AggregateError && e.errors.some((x) => x instanceof Error && isUnreachable(x)))
      return true;
  }
  return false;
}
