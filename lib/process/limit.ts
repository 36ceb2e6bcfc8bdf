// At most n pieces of work at a time, first come first served.

export interface Limit {
  /** Resolves with the function that gives the place back. Throws the signal's reason, if there is one. */
  enter(signal?: AbortSignal): Promise<() => void>;
}

export function createLimit(places: number): Limit {
  let free = places;
  const queue: (() => void)[] = [];

  const leave = (): void => {
    const next = queue.shift();
    if (next) next();
    else free++;
  };
  const once = (): (() => void) => {
    let left = false;
    return () => {
      if (!left) leave();
      left = true;
    };
  };

  return {
    enter(signal) {
      signal?.throwIfAborted();
      if (free > 0) {
        free--;
        return Promise.resolve(once());
      }
      return new Promise((resolve, reject) => {
        const turn = (): void => {
          signal?.removeEventListener('abort', onAbort);
          resolve(once());
        };
        const onAbort = (): void => {
          queue.splice(queue.indexOf(turn), 1);
          reject(signal?.reason);
        };
        queue.push(turn);
        signal?.addEventListener('abort', onAbort, { once: true });
      });
    },
  };
}
