// Lets the stream that began first go first: where this machine is slower than the network, the lowest layer is then there soonest
// and is unpacked while the others still come. Where the network is slower, everybody finds the way free.

export interface Turns {
  /** A place behind those that have joined before. */
  join(): Turn;
}

export interface Turn {
  /** The same items; while one is being worked on (until the next is asked for), items of later places wait. */
  inOrder<T>(source: AsyncIterable<T>): AsyncGenerator<T>;
}

export function createTurns(): Turns {
  let ranks = 0;
  let taken = false;
  const waiting = new Map<number, () => void>();

  const enter = (rank: number): Promise<void> | undefined => {
    if (!taken) {
      taken = true;
      return undefined;
    }
    return new Promise((resolve) => waiting.set(rank, resolve));
  };
  const handOn = (): void => {
    const next = waiting.get(Math.min(...waiting.keys()));
    if (next === undefined) {
      taken = false;
      return;
    }
    waiting.delete(Math.min(...waiting.keys()));
    next();
  };
  // Not at once: what the same stream has ready comes before this.
  const leave = (): void => void setImmediate(handOn);

  async function* inOrder<T>(rank: number, source: AsyncIterable<T>): AsyncGenerator<T> {
    for await (const item of source) {
      await enter(rank);
      try {
        yield item;
      } finally {
        leave();
      }
    }
  }

  return {
    join() {
      const rank = ranks++;
      return { inOrder: (source) => inOrder(rank, source) };
    },
  };
}
