// After a restart of the agent: the ports of what runs are ours again, and nothing else is published.
import { type PortMap, parsePort } from '#lib/docker-vm/ports.ts';
import type { PortBinding } from '#lib/net/ports/types.ts';
import type { Machine } from '../machine.ts';
import type { AgentNode } from '../node.ts';
import { publishedNic, targetOf } from './publish-ports.ts';

/** `running`: machines whose task is alive. */
export async function recoverPorts(node: AgentNode, running: Machine[]): Promise<void> {
  const held = running.flatMap(({ uuid, zone, run }) => {
    const nic = publishedNic(zone.vm);
    const bindings = bindingsOf(run.ports ?? {});
    return nic === null || bindings.length === 0 ? [] : [{ vmUuid: uuid, target: targetOf(nic), bindings }];
  });
  await node.ports.recover(held);
}

/** Pure. */
export function bindingsOf(ports: PortMap): PortBinding[] {
  return Object.entries(ports).flatMap(([name, hosts]) => {
    const parsed = parsePort(name);
    if (parsed === null) return [];
    return (hosts ?? []).map(({ HostIp, HostPort }) => ({
      ...parsed,
      hostIp: HostIp,
      hostPort: Number(HostPort),
    }));
  });
}
