// Waiting for a service that is not there: it is starting beside us, or is started again after a crash.
import { setTimeout as delay } from 'node:timers/promises';

/** How long a call waits for its service to appear (ms); CoaL starts in a second or two, much longer on a busy machine. */
export const PATIENCE_MS = 20_000;
const AGAIN_MS = 50;
/** A service that dies of every answer is not asked for ever. */
const BREAKS = 5;

export interface Patience {
  signal?: AbortSignal | undefined;
  /** The request changes nothing, or doing it twice is the same as once: it is sent again too when the connection breaks under it. */
  repeatable?: boolean;
  patienceMs?: number;
}

/**
 * Runs `attempt`, again while nobody listens at the service's address: of a connection that was never made nothing was sent, so
 * nothing can happen twice. After a connection that broke only if it is repeatable. The last failure is thrown as it came.
 */
export async function whenReachable<T>(
  attempt: () => Promise<T>,
  { signal, repeatable = false, patienceMs = PATIENCE_MS }: Patience,
): Promise<T> {
  let end = performance.now() + patienceMs;
  for (let breaks = 0; ; ) {
    try {
      return await attempt();
    } catch (err) {
      if (signal?.aborted === true) throw err;
      if (repeatable && connectionBroke(err) && ++breaks <= BREAKS) end = performance.now() + patienceMs;
      else if (!nobodyListens(err) || performance.now() >= end) throw err;
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

const BROKE = new Set(['ECONNRESET', 'EPIPE', 'ECONNABORTED']);

/** The connection stood, and ended before the answer was whole: the request may have been taken, or not. */
export function connectionBroke(err: unknown): boolean {
  const { code = '', statusCode } = err as NodeJS.ErrnoException & { statusCode?: number };
  return statusCode === undefined && BROKE.has(code);
}
