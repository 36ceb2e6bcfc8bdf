// Waiting for a service that is not there yet: it is starting beside us, or is started again after a crash.
import { setTimeout as delay } from 'node:timers/promises';

/** How long a call waits for its service to appear (ms); CoaL starts in a second or two, longer on a busy machine. */
export const PATIENCE_MS = 10_000;
const AGAIN_MS = 50;

/**
 * Runs `attempt`, again while nobody listens at the service's address. Only then: of a connection that was never made nothing
 * was sent, so nothing can happen twice. The last refusal is thrown as it came.
 */
export async function whenReachable<T>(
  attempt: () => Promise<T>,
  signal: AbortSignal | undefined,
  patienceMs = PATIENCE_MS,
): Promise<T> {
  const end = performance.now() + patienceMs;
  for (;;) {
    try {
      return await attempt();
    } catch (err) {
      if (!nobodyListens(err) || signal?.aborted === true || performance.now() >= end) throw err;
    }
    await delay(AGAIN_MS);
  }
}

/** EACCES: a socket that root has just made belongs to root for a moment. */
const NOT_YET = new Set(['ENOENT', 'ECONNREFUSED', 'EACCES']);

function nobodyListens(err: unknown): boolean {
  const { code = '', syscall } = err as NodeJS.ErrnoException;
  return syscall === 'connect' && NOT_YET.has(code);
}
