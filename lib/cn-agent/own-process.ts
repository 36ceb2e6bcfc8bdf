// Is a pid a container's process? The kernel's own word, for when containerd's is missing.
import { readFileSync } from 'node:fs';
import { isAlive, killAll } from '#lib/process/processes.ts';
import type { Machine } from './machine.ts';

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

/**
 * Kills what runs of a container that containerd has forgotten: nobody could stop it any more, and it must not run on while it is told as
 * ended. True when there was something. Not only the first process: with another's or the host's pid namespace the rest would outlive it.
 */
export function killForgotten(machine: Machine): Promise<boolean> {
  return killAll((pid) => isOwnProcess(machine, pid));
}
