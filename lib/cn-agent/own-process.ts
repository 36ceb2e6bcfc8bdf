// Is a pid a container's process? The kernel's own word, for when containerd's is missing.
import { readFileSync } from 'node:fs';
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
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return !/^ [ZX]/.test(stat.slice(stat.lastIndexOf(')') + 1));
  } catch {
    return false;
  }
}

/**
 * Kills the first process of a container that containerd has forgotten: nobody could stop it any more, and it must not run on while it
 * is told as ended. All others of the container die with it. True when there was one.
 */
export async function killForgotten(machine: Machine, pid: number): Promise<boolean> {
  if (pid <= 0 || !isOwnProcess(machine, pid)) return false;
  process.kill(pid, 'SIGKILL');
  const end = performance.now() + DYING_MS;
  while (isOwnProcess(machine, pid) && performance.now() < end) await delay(LOOK_MS);
  return true;
}
