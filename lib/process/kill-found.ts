// Ends processes for good: kill -9, until the kernel says that they are no more.
import { readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';

/** A process that takes SIGKILL and does not go hangs in the kernel: nobody can do more. */
const DYING_MS = 5_000;
const LOOK_MS = 10;

/** False for a zombie too: it has ended. */
export function isAlive(pid: number): boolean {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return !/^ [ZX]/.test(stat.slice(stat.lastIndexOf(')') + 1));
  } catch {
    return false;
  }
}

/** Kills the processes that `find` gives until it gives none. True when there was one. */
export async function killFound(find: () => number[]): Promise<boolean> {
  const end = performance.now() + DYING_MS;
  let found = false;
  for (let pids = find(); pids.length > 0 && performance.now() < end; pids = find()) {
    found = true;
    for (const pid of pids) killQuietly(pid);
    await delay(LOOK_MS);
  }
  return found;
}

function killQuietly(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has gone by itself.
  }
}
