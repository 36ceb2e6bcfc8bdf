// A number of a stack's own, or of a dockerd's, for bridge, cgroup and subnet: a folder is the lock, its pid file says whose it is, and its
// dir file where that works.
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { cleanInstance, type InstanceNames, kill9, pidsWith } from '#tools/clean-instance.ts';
import { inTurn } from './turn.ts';

const SLOTS = 30;

export interface Slot {
  slot: number;
  /** A new folder, with this prefix, for everything that its owner keeps. */
  dir: string;
}

function slotDir(slot: number): string {
  return `/run/sdct-slot-${slot}`;
}

/** What an instance of ours in that slot is called. */
export function instanceNames({ slot, dir }: Slot): InstanceNames {
  return {
    stateDir: join(dir, 'state'),
    runDir: join(dir, 'run'),
    bridge: `sdct${slot}`,
    cgroupParent: `sdct${slot}`,
    containerdSocket: join(dir, 'run/containerd/containerd.sock'),
  };
}

/** The bridge of a dockerd in that slot. */
export function dockerdBridge({ slot }: Slot): string {
  return `sdctd${slot}`;
}

/**
 * Takes the first number that is free or whose owner has died; what that one left behind, running or not, is cleared away first. One
 * process at a time: two that find the same dead owner would both take its number.
 */
export function takeSlot(prefix: string): Promise<Slot> {
  return inTurn('taking of a slot', '/run/sdct-slots', async () => {
    for (let slot = 0; slot < SLOTS; slot++) if (await take(slot)) return await furnish(slot, prefix);
    throw new Error('no free slot for a test stack');
  });
}

/** The owner has ended everything and leaves. */
export async function giveSlot({ slot, dir }: Slot): Promise<void> {
  await rm(dir, { recursive: true, force: true });
  await rm(slotDir(slot), { recursive: true, force: true });
}

async function take(slot: number): Promise<boolean> {
  const lock = slotDir(slot);
  const owner = Number(await readFile(join(lock, 'pid'), 'utf8').catch(() => '0'));
  if (owner > 0 && !(await isAlive(owner))) await clearSlot(slot);
  try {
    await mkdir(lock);
  } catch {
    return false;
  }
  return true;
}

async function furnish(slot: number, prefix: string): Promise<Slot> {
  await writeFile(join(slotDir(slot), 'pid'), String(process.pid));
  const dir = await mkdtemp(prefix);
  await writeFile(join(slotDir(slot), 'dir'), dir);
  return { slot, dir };
}

async function clearSlot(slot: number): Promise<void> {
  const dir = await readFile(join(slotDir(slot), 'dir'), 'utf8').catch(() => '');
  if (dir !== '') {
    const pids = await pidsWith(dir);
    // Those of a dockerd's shims are its containers.
    kill9([...pids, ...(await Promise.all(pids.map(childrenOf))).flat()]);
    const names = instanceNames({ slot, dir });
    await cleanInstance(names);
    await cleanInstance({ ...names, stateDir: dir, bridge: dockerdBridge({ slot, dir }) });
  }
  await giveSlot({ slot, dir });
}

async function childrenOf(pid: number): Promise<number[]> {
  const children = await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8').catch(() => '');
  return children.split(' ').filter(Boolean).map(Number);
}

function isAlive(pid: number): Promise<boolean> {
  return readFile(`/proc/${pid}/stat`).then(
    () => true,
    () => false,
  );
}
