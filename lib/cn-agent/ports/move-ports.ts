// The published ports of a running VM follow it when the nic that they lead to changes: to another, away with the last, back with the next.
import type { Vm } from '#lib/wire/types.ts';
import type { Machine } from '../machine.ts';
import { type AgentNode, commitRun } from '../node.ts';
import { publishedNic, publishPorts, targetOf, withdrawPorts } from './publish-ports.ts';
import { bindingsOf } from './recover-ports.ts';

/** Never throws: who joins a network has joined it, whatever else the machine does with the port in that moment. */
export async function movePorts(node: AgentNode, machine: Machine, before: Vm, after: Vm): Promise<void> {
  const nic = publishedNic(after);
  if (nic?.ip === publishedNic(before)?.ip) return;
  try {
    if (nic === null) {
      // Its address may be another's soon.
      await withdrawPorts(node, machine);
      await commitRun(node, machine, { ...machine.run, ports: {} });
      return;
    }
    const bindings = bindingsOf(machine.run.ports ?? {});
    if (bindings.length === 0) {
      const ports = await publishPorts(node, machine);
      if (ports !== null) await commitRun(node, machine, { ...machine.run, ports });
      return;
    }
    const wishes = bindings.map(({ protocol, port, hostIp, hostPort }) => ({
      ...{ protocol, port, hostIp },
      hostPorts: { first: hostPort, last: hostPort },
    }));
    await node.ports.publish(machine.uuid, targetOf(nic), wishes);
  } catch (err) {
    node.log.error({ err, vm: machine.uuid }, 'published ports could not follow a change of networks');
  }
}
