// Work that several callers want done once: the first starts it, the others join, and it is cancelled when the last one gives up.

interface Running<T, P> {
  result: Promise<T>;
  abort: AbortController;
  listeners: Set<(progress: P) => void>;
  last: P | undefined;
  waiting: number;
}

export interface SharedWork<T, P> {
  /**
   * Joins the work named `key`, or starts it. Throws the work's error, or the signal's reason; when that made the work stop,
   * only after it has cleaned up.
   */
  run(
    key: string,
    opts: { signal: AbortSignal; onProgress?: (progress: P) => void },
    start: (signal: AbortSignal, report: (progress: P) => void) => Promise<T>,
  ): Promise<T>;
}

/** T: the work's result; P: what it reports on its way (a late comer hears the last report at once). */
export function createSharedWork<T, P>(): SharedWork<T, P> {
  const running = new Map<string, Running<T, P>>();

  function begin(key: string, start: Parameters<SharedWork<T, P>['run']>[2]): Running<T, P> {
    const abort = new AbortController();
    const listeners = new Set<(progress: P) => void>();
    const work: Running<T, P> = {
      result: Promise.resolve(undefined as T),
      abort,
      listeners,
      last: undefined,
      waiting: 0,
    };
    work.result = start(abort.signal, (progress) => {
      work.last = progress;
      for (const listener of listeners) listener(progress);
    }).finally(() => running.delete(key));
    // Every caller awaits it; between two of them nobody may.
    work.result.catch(() => {});
    running.set(key, work);
    return work;
  }

  return {
    async run(key, { signal, onProgress }, start) {
      signal.throwIfAborted();
      let work = running.get(key);
      while (work?.abort.signal.aborted) {
        await work.result.catch(() => {});
        signal.throwIfAborted();
        work = running.get(key);
      }
      work ??= begin(key, start);
      work.waiting++;
      let left = false;
      const leave = (): number => {
        if (!left) work.waiting--;
        left = true;
        return work.waiting;
      };
      if (onProgress) {
        if (work.last !== undefined) onProgress(work.last);
        work.listeners.add(onProgress);
      }
      try {
        return await Promise.race([work.result, givenUp(work, signal, leave)]);
      } catch (err) {
        // Whose signal stopped the work wants to hear of that, not of how the work took it.
        if (work.abort.signal.aborted) signal.throwIfAborted();
        throw err;
      } finally {
        if (onProgress) work.listeners.delete(onProgress);
        leave();
      }
    },
  };
}

/** Rejects when the signal fires; the last one to leave stops the work and waits for its end. */
function givenUp<T, P>(work: Running<T, P>, signal: AbortSignal, leave: () => number): Promise<never> {
  return new Promise((_, reject) => {
    const onAbort = (): void => {
      const giveUp = (): void => reject(signal.reason);
      if (leave() > 0) {
        giveUp();
        return;
      }
      work.abort.abort(signal.reason);
      work.result.then(giveUp, giveUp);
    };
    signal.addEventListener('abort', onAbort, { once: true });
    const forget = (): void => signal.removeEventListener('abort', onAbort);
    work.result.then(forget, forget);
  });
}
