// One process after the other, of tests that run side by side.
import { setTimeout as delay } from 'node:timers/promises';
import { FatalError } from '#lib/process/fatal.ts';
import { lockInstance } from '#lib/process/instance-lock.ts';

const AGAIN_MS = 20;

/** Waits until no other process has its turn at `path`; the turn ends with the promise, or with the process. */
export async function inTurn<T>(what: string, path: string, work: () => Promise<T>): Promise<T> {
  const unlock = await waitForTurn(what, path);
  try {
    return await work();
  } finally {
    unlock();
  }
}

async function waitForTurn(what: string, path: string): Promise<() => void> {
  for (;;) {
    try {
      return await lockInstance(what, path);
    } catch (err) {
      if (!(err instanceof FatalError)) throw err;
    }
    await delay(AGAIN_MS);
  }
}
