// What the datacenter's refusals of a nic mean to a Docker client.
import { conflict, forbidden, invalid, notFound, unavailable } from '#src/errors.ts';
import { toDockerError, tritonErrorIn } from '#src/vm/triton-errors.ts';

/** What dockerd puts before the reason when a container cannot start for it. */
export const SETUP = 'failed to set up container networking: ';

/** A network for who has another's, or the host's. */
export function sharesAnother(): Error {
  return invalid(
    'container sharing network namespace with another container or host cannot be connected to any other network',
  );
}

/** A network beside `none`. */
export function noneIsAlone(): Error {
  return invalid(
    'container cannot be connected to multiple networks with one of the networks in private (none) mode',
  );
}

/** A container on a network that is a record of settings. */
export function isConfigOnly(): Error {
  return forbidden('cannot create endpoint on configuration-only network');
}

/** Somebody has the address, or the MAC address, that was asked for. */
export function isAddressTaken(err: unknown): boolean {
  return isIpTaken(err) || isMacTaken(err);
}

/** dockerd's words where it has some, after `prefix`; `ref` as in toDockerError. */
export function toNicError(err: unknown, context: { ref: string; id?: string }, prefix = ''): Error {
  const cause = err as Error;
  const triton = tritonErrorIn(err);
  if (isIpTaken(err)) return forbidden(`${prefix}Address already in use`, cause);
  if (isMacTaken(err)) return conflict(`${prefix}MAC address already in use`, cause);
  if (triton?.restCode === 'SubnetFull') {
    return unavailable(`${prefix}no available IPv4 addresses on this network`, cause);
  }
  if (triton?.restCode === 'InvalidParameters') {
    const details = triton.errors.map(({ field, message = 'not acceptable' }) => `${field}: ${message}`);
    return invalid(`${prefix}${details.join('; ') || triton.ownMessage}`, cause);
  }
  // It went between our look and the datacenter's.
  if (triton?.restCode === 'UnprocessableEntityError') return notFound(`${prefix}network not found`, cause);
  return toDockerError(err, context);
}

function isIpTaken(err: unknown): boolean {
  return isOf(err, 'ip', 'UsedBy');
}

function isMacTaken(err: unknown): boolean {
  return isOf(err, 'mac', 'Duplicate');
}

function isOf(err: unknown, field: string, code: string): boolean {
  return tritonErrorIn(err)?.errors.some((error) => error.field === field && error.code === code) ?? false;
}
