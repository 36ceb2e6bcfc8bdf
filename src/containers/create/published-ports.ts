// Which ports of a new container are published, and which only exposed, as Triton's firewall and metadata know them. Pure.
import { bindingsByName, byPort, type ContainerPort, parsePort, portName } from '#lib/docker-vm/ports.ts';
import type { CreateRequest } from '#src/containers/types.ts';

type Asked = {
  config: Pick<CreateRequest['config'], 'ExposedPorts'>;
  hostConfig: Pick<CreateRequest['hostConfig'], 'PortBindings' | 'PublishAllPorts' | 'NetworkMode'>;
};

export interface Ports {
  /** Open to everybody. One that is bound to the machine's loopback only is not among them: it is nobody else's business. */
  open: ContainerPort[];
  /** Exposed and not published. */
  unpublished: ContainerPort[];
}

/** In order of number. dockerd publishes no port that is not exposed as well. */
export function portsOf({ config, hostConfig }: Asked): Ports {
  const names = new Set(Object.keys(config.ExposedPorts ?? {}).flatMap((name) => portName(name) ?? []));
  const ports: Ports = { open: [], unpublished: [] };
  const bound = bindingsByName(hostConfig.PortBindings);
  for (const name of [...names].sort(byPort)) {
    const port = parsePort(name)!;
    const bindings = bound.get(name) ?? [];
    if (bindings.length === 0 && !hostConfig.PublishAllPorts) ports.unpublished.push(port);
    else if (bindings.length === 0 || bindings.some(({ HostIp }) => !isLoopback(HostIp)))
      ports.open.push(port);
  }
  return ports;
}

/** Modes in which a container has no address of its own that rules could open. */
export function hasOwnAddress(networkMode: string): boolean {
  return networkMode !== 'none' && networkMode !== 'host' && !networkMode.startsWith('container:');
}

function isLoopback(ip: string): boolean {
  return ip.startsWith('127.') || ip === '::1';
}
