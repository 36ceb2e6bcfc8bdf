// Whether the ports of a new container can be published as asked: under another number, or at one address, only where compute nodes forward.
import { parsePort, parsePortRange } from '#lib/docker-vm/ports.ts';
import type { CallContext } from '#lib/triton/types.ts';
import type { HostConfig } from '#src/containers/types.ts';
import { requireCommon, type Servers } from '#src/vm/capability.ts';

/** Asked only when something needs it. Throws DockerError notImplemented; TritonError of CNAPI. */
export async function requireForwarding(
  cnapi: Servers,
  { PortBindings, NetworkMode }: Pick<HostConfig, 'PortBindings' | 'NetworkMode'>,
  call: CallContext,
): Promise<void> {
  if (NetworkMode === 'none' || NetworkMode === 'host') return;
  const remap = firstRemap(PortBindings);
  if (remap === null) return;
  const refusal =
    `cannot publish port ${remap.name} as ${remap.wanted}: in this datacenter a container has an address of its own and its ports ` +
    `are reached there under their own numbers (-p ${remap.port}:${remap.port})`;
  await requireCommon(cnapi, 'port_forwarding', refusal, call);
}

/** The first binding that a container's own address cannot serve; null when there is none. Pure. */
export function firstRemap(
  bindings: HostConfig['PortBindings'],
): { name: string; port: number; wanted: string } | null {
  for (const [name, hosts] of Object.entries(bindings)) {
    const { port } = parsePort(name) ?? { port: 0 };
    for (const { HostIp, HostPort } of hosts ?? []) {
      const range = parsePortRange(HostPort);
      const free = HostPort === '' || HostPort === '0';
      const includes = range !== null && range.first <= port && port <= range.last;
      const everywhere = ['', '0.0.0.0', '::'].includes(HostIp);
      if ((!free && !includes) || !everywhere)
        return { name, port, wanted: HostIp === '' ? HostPort : `${HostIp}:${HostPort}` };
    }
  }
  return null;
}
