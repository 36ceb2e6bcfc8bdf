// What a failed pull means to a Docker client: IMGAPI's error lines and refusals → kind and dockerd's text.
import { DockerError, type ErrorKind, internal, invalid } from '#src/errors.ts';
import { toDockerError, tritonErrorIn } from '#src/vm/triton-errors.ts';

/**
 * Codes of IMGAPI's error lines, ours and the real one's. The messages are the registry's, put in dockerd's words by IMGAPI. All
 * others are dockerd's 500.
 */
const KIND_OF: Readonly<Record<string, ErrorKind>> = {
  ResourceNotFound: 'notFound',
  ManifestUnknown: 'notFound',
  NotFoundError: 'notFound',
  RegistryUnauthorized: 'unauthorized',
  UnauthorizedError: 'unauthorized',
  InvalidParameter: 'invalid',
  ValidationFailed: 'invalid',
};

/** The line said that a list of platforms has none that fits: dockerd has already begun to answer by then. */
export function isAfterFirstLine(message: string): boolean {
  return message.startsWith('no matching manifest for ');
}

/** For an error line. Pure. */
export function fromErrorLine(error: { code: string; message: string }): DockerError {
  return new DockerError(KIND_OF[error.code] ?? 'internal', error.message);
}

/** For whatever else a pull throws. Pure. */
export function toPullError(err: unknown): DockerError {
  const triton = tritonErrorIn(err);
  if (err instanceof DockerError || triton === null) return toDockerError(err, { ref: '' });
  const kind = KIND_OF[triton.restCode];
  if (kind === 'invalid') return invalid(triton.ownMessage, triton);
  if (triton.statusCode === 400) return invalid(triton.ownMessage, triton);
  if (kind !== undefined) return new DockerError(kind, triton.ownMessage, triton);
  if (triton.statusCode === 503) return toDockerError(triton, { ref: '' });
  return internal('the image service could not do this pull; the log of sdc-docker says more', triton);
}
