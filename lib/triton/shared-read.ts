// Equal reads at the same time are sent as one: two hundred creates ask for the same packages.
import { aborted } from './call.ts';
import type { CallContext } from './types.ts';

interface Entry<T> {
  running: Promise<T>;
  /** For those who have asked since `running` was sent: what they know of may not be in its answer. */
  next: Promise<T> | null;
}

/**
 * Wraps a read that changes nothing. Whoever asks gets the answer to a request that was sent after he asked, never one that was under way
 * already: nothing is kept, so nobody sees less than he would alone. Several may get the same object. Throws what `read` throws; TritonError
 * RequestAborted when the caller's own signal fires, which disturbs nobody else.
 */
export function sharedRead<K, T>(
  service: string,
  read: (asked: K, ctx: CallContext) => Promise<T>,
): (asked: K, ctx: CallContext) => Promise<T> {
  const entries = new Map<string, Entry<T>>();

  function start(key: string, asked: K, ctx: CallContext): Promise<T> {
    // Without the signal of one of many.
    const running = read(asked, { reqId: ctx.reqId });
    const entry: Entry<T> = { running, next: null };
    entries.set(key, entry);
    const done = (): void => {
      if (entry.next === null) entries.delete(key);
    };
    running.then(done, done);
    return running;
  }

  return async (asked, ctx) => {
    if (ctx.signal?.aborted === true) throw aborted(service);
    const key = JSON.stringify(asked);
    const entry = entries.get(key);
    if (!entry) return orAborted(service, start(key, asked, ctx), ctx.signal);
    const again = (): Promise<T> => start(key, asked, ctx);
    entry.next ??= entry.running.then(again, again);
    return orAborted(service, entry.next, ctx.signal);
  };
}

function orAborted<T>(service: string, work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return work;
  return new Promise((resolve, reject) => {
    const onAbort = (): void => reject(aborted(service));
    signal.addEventListener('abort', onAbort, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort));
  });
}
