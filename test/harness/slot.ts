// A number of a stack's own, or of a dockerd's, for bridge, cgroup and subnet: a folder is the lock, its pid file says whose it is.
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { FatalError } from '#lib/process/fatal.ts';
import { lockInstance } from '#lib/process/instance-lock.ts';

const SLOTS = 30;
const AGAIN_MS = 20;

export function slotDir(slot: number): string {
  return `/run/sdct-slot-${slot}`;
}

/**
 * Takes the first number that is free or whose owner has died. One process at a time: two that find the same dead owner would both take
 * its number, and the first to clean up would kill the other's containers.
 */
export async function takeSlot(): Promise<number> {
  const unlock = await lockSlots();
  try {
    for (let slot = 0; slot < SLOTS; slot++) if (await take(slotDir(slot))) return slot;
  } finally {
    unlock();
  }
  throw new Error('no free slot for a test stack');
}

async function lockSlots(): Promise<() => void> {
  for (;;) {
    try {
      return await lockInstance('taking of a slot', '/run/sdct-slots');
    } catch (err) {
      if (!(err instanceof FatalError)) throw err;
    }
    await delay(AGAIN_MS);
  }
}

async function take(dir: string): Promise<boolean> {
  const owner = Number(await readFile(join(dir, 'pid'), 'utf8').catch(() => '0'));
  if (owner > 0 && !(await isAlive(owner))) await rm(dir, { recursive: true, force: true });
  try {
    await mkdir(dir);
  } catch {
    return false;
  }
  await writeFile(join(dir, 'pid'), String(process.pid));
  return true;
}

function isAlive(pid: number): Promise<boolean> {
  return readFile(`/proc/${pid}/stat`).then(
    () => true,
    () => false,
  );
}
