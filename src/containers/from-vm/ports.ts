// What a container has published, as NetworkSettings.Ports and as the PORTS column of docker ps.
import { MD } from '#lib/docker-vm/metadata.ts';
import { byPort, type HostBinding, type PortMap, parsePort, portName } from '#lib/docker-vm/ports.ts';
import type { Vm } from '#lib/wire/types.ts';
import { configOf, hostConfigOf } from '#src/vm/metadata.ts';
import { statusOf } from '#src/vm/state.ts';

/** One element of ContainerSummary.Ports. */
export interface PortSummary {
  IP?: string;
  PrivatePort: number;
  PublicPort?: number;
  Type: string;
}

/** Only while it runs, as dockerd. Pure. */
export function toPorts(vm: Vm): PortMap {
  if (!['running', 'paused'].includes(statusOf(vm)) || vm.nics.length === 0) return {};
  return told(vm) ?? ownAddressPorts(vm);
}

/** Pure. */
export function toPortList(vm: Vm): PortSummary[] {
  return Object.entries(toPorts(vm)).flatMap(([name, bindings]): PortSummary[] => {
    const { port = 0, protocol = 'tcp' } = parsePort(name) ?? {};
    const own = { PrivatePort: port, Type: protocol };
    if (!bindings?.length) return [own];
    return bindings.map(({ HostIp, HostPort }) => ({
      IP: HostIp,
      PrivatePort: port,
      PublicPort: Number(HostPort),
      Type: protocol,
    }));
  });
}

/** What the compute node has forwarded. */
function told(vm: Vm): PortMap | null {
  const text = vm.internal_metadata[MD.ports];
  if (typeof text !== 'string') return null;
  try {
    return JSON.parse(text) as PortMap;
  } catch {
    return null;
  }
}

/** Where nothing is forwarded, a published port is open at the container's own address. */
function ownAddressPorts(vm: Vm): PortMap {
  const { PortBindings = {}, PublishAllPorts } = hostConfigOf(vm);
  const published = new Set(Object.keys(PortBindings).flatMap((key) => portName(key) ?? []));
  const exposed = Object.keys(configOf(vm).ExposedPorts ?? {}).flatMap((key) => portName(key) ?? []);
  const own = (name: string): HostBinding[] => [{ HostIp: '0.0.0.0', HostPort: name.split('/')[0]! }];
  return Object.fromEntries(
    [...new Set(exposed)]
      .sort(byPort)
      .map((name) => [name, PublishAllPorts || published.has(name) ? own(name) : null]),
  );
}
