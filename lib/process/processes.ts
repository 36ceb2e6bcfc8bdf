// The processes of this machine, by the kernel's own word: which there are, and how they are ended for good.
import { readdirSync, readFileSync } from 'node:fs';
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

/** What it was called with; none for one that has ended. */
export function argsOf(pid: number): string[] {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
  } catch {
    return [];
  }
}

/** kill -9 of the processes that `isMeant` says yes of, until there are none. True when there was one. */
export async function killAll(isMeant: (pid: number) => boolean): Promise<boolean> {
  const find = () =>
    readdirSync('/proc')
      .map(Number)
      .filter((pid) => pid > 0 && isMeant(pid));
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
