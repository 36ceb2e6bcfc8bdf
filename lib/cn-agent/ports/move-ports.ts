// The published ports of a running VM follow it when the nic that they lead to changes.
import type { Vm } from '#lib/wire/types.ts';
import type { Machine } from '../machine.ts';
import type { AgentNode } from '../node.ts';
import { publishedNic, targetOf } from './publish-ports.ts';
import { bindingsOf } from './recover-ports.ts';

/** Never throws: who joins a network has joined it, whatever else the machine does with the port in that moment. */
export async function movePorts(node: AgentNode, machine: Machine, before: Vm, after: Vm): Promise<void> {
  const nic = publishedNic(after);
  const bindings = bindingsOf(machine.run.ports ?? {});
  if (nic === null || bindings.length === 0 || nic.ip === publishedNic(before)?.ip) return;
  const wishes = bindings.map(({ protocol, port, hostIp, hostPort }) => ({
    ...{ protocol, port, hostIp },
    hostPorts: { first: hostPort, last: hostPort },
  }));
  await node.ports.publish(machine.uuid, targetOf(nic), wishes).catch((err: unknown) => {
    node.log.error({ err, vm: machine.uuid }, 'published ports could not follow a change of networks');
  });
}
