// In which order containers come up with the machine: one that joins another's namespaces after that other one.
import { findDonor, hostConfigOf, joinedRef } from './joins/find-joins.ts';
import type { Machine } from './machine.ts';
import type { AgentNode } from './node.ts';

/** Groups of `due`, each to be started when the one before is up. Those that join each other in a circle come last. */
export function bootLevels(node: AgentNode, due: Machine[]): Machine[][] {
  const levels: Machine[][] = [];
  const left = new Set(due);
  while (left.size > 0) {
    const ready = [...left].filter((machine) => !donorsOf(node, machine).some((donor) => left.has(donor)));
    const level = ready.length > 0 ? ready : [...left];
    levels.push(level);
    for (const machine of level) left.delete(machine);
  }
  return levels;
}

function donorsOf(node: AgentNode, machine: Machine): Machine[] {
  const { NetworkMode, PidMode, IpcMode } = hostConfigOf(machine);
  return [NetworkMode, PidMode, IpcMode].flatMap((mode) => {
    const ref = joinedRef(mode);
    return (ref === null ? undefined : findDonor(node, machine, ref)) ?? [];
  });
}
