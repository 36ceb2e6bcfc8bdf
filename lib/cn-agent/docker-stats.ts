// docker_stats: a stream of what one running VM uses, a line each second.
import { ifnamesOf } from '#lib/docker-vm/endpoint-options.ts';
import type { Vm } from '#lib/wire/types.ts';
import { networkOwner } from './joins/find-joins.ts';
import type { Machine } from './machine.ts';
import { type AgentNode, getMachine, specOf, vmNotRunning } from './node.ts';
import type { StatRun } from './stats/sampler.ts';
import { StatsSession } from './stats/session.ts';
import type { AgentTasks } from './types.ts';

/**
 * Ends with the run. A line has the members of Docker's API, except the container's name and id. clientApiVersion says nothing to
 * us: what it asks for (networks by name) is all we have. Throws TritonError VmNotFound, VmNotRunning.
 */
export async function dockerStats(
  node: AgentNode,
  { uuid, doStream, StdioFraming }: AgentTasks['docker_stats']['params'],
): Promise<AgentTasks['docker_stats']['result']> {
  const machine = getMachine(node, uuid);
  const run = await statRun(node, machine);
  const { live } = machine;
  if (!live || live.pid !== run.pid) throw vmNotRunning(uuid);
  const session = new StatsSession({ sampler: node.stats, run, ended: live.ended, stream: doStream });
  return node.stdio.rawEndpoint(session, StdioFraming);
}

/** The same object for everybody who watches the run. */
async function statRun(node: AgentNode, machine: Machine): Promise<StatRun> {
  const { live } = machine;
  if (!live) throw vmNotRunning(machine.uuid);
  const { linux } = await specOf(machine);
  const ownNetwork = linux.namespaces.some(({ type }) => type === 'network');
  live.stats ??= {
    pid: live.pid,
    cgroupsPath: linux.cgroupsPath,
    ownNetwork,
    ifnames: ifnamesUntilChanged(networkOwner(node, machine)),
  };
  return live.stats;
}

/** What the nics of a VM are called, worked out when its record is another than the time before: samples are many, changes few. */
export function ifnamesUntilChanged(machine: { zone: Pick<Machine['zone'], 'vm'> }): () => string[] {
  let vm: Vm | null = null;
  let names: string[] = [];
  return () => {
    if (vm !== machine.zone.vm) names = ifnamesOf(machine.zone.vm);
    vm = machine.zone.vm;
    return names;
  };
}
