// Is a pid a container's process? The kernel's own word, for when containerd's is missing.
import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import type { Machine } from './machine.ts';

/** A process that takes SIGKILL and does not go hangs in the kernel: nobody can do more. */
const DYING_MS = 5_000;
const LOOK_MS = 10;

/** True when the process runs and its cgroup carries the container's id. False for a zombie too: it has ended. */
export function isOwnProcess(machine: Machine, pid: number): boolean {
  try {
    const cgroup = readFileSync(`/proc/${pid}/cgroup`, 'utf8');
    if (!cgroup.includes(machine.uuid) && !cgroup.includes(machine.settings.dockerId)) return false;
    return isAlive(pid);
  } catch {
    return false;
  }
}

/** False for a zombie too: it has ended. */
export function isAlive(pid: number): boolean {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return !/^ [ZX]/.test(stat.slice(stat.lastIndexOf(')') + 1));
  } catch {
    return false;
  }
}

/**
 * Kills what runs of a container that containerd has forgotten: nobody could stop it any more, and it must not run on while it is told as
 * ended. True when there was something.
 */
export async function killForgotten(machine: Machine): Promise<boolean> {
  // Not only the first process: with another's or the host's pid namespace the rest would outlive it.
  const own = () =>
    readdirSync('/proc')
      .map(Number)
      .filter((pid) => pid > 0 && isOwnProcess(machine, pid));
  const end = performance.now() + DYING_MS;
  let found = false;
  for (let pids = own(); pids.length > 0 && performance.now() < end; pids = own()) {
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
