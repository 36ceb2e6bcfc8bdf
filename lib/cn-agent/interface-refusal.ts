// What a container asks of its interfaces and cannot have, as the agent's answer.
import { InterfaceRefused } from '#lib/net/interface-names.ts';
import { TritonError } from '#lib/wire/errors.ts';

/** dockerd's words before it when that stops a start. */
export const STARTING = 'failed to set up container networking: ';

/** Throws TritonError InterfaceRefused with dockerd's text, after `prefix`; everything else as it is. */
export async function tellRefusal<T>(work: Promise<T>, prefix = ''): Promise<T> {
  try {
    return await work;
  } catch (err) {
    if (!(err instanceof InterfaceRefused)) throw err;
    throw new TritonError('InterfaceRefused', 500, prefix + err.message, [], err);
  }
}
