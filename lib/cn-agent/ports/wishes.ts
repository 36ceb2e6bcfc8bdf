// What a container's settings ask to publish, as wishes to the forwarding of ports. Pure.
import { isIP } from 'node:net';
import { bindingsByName, byPort, parsePort, parsePortRange, portName } from '#lib/docker-vm/ports.ts';
import type { PortWish } from '#lib/net/ports/types.ts';
import type { DockerSettings } from '../oci-spec/docker-settings.ts';

type Asked = Pick<DockerSettings, 'exposedPorts'> & {
  hostConfig: Pick<DockerSettings['hostConfig'], 'PortBindings' | 'PublishAllPorts'>;
};

/** Every port that the container exposes, in order: '80/tcp'. dockerd publishes no others, whatever PortBindings say. */
export function namedPorts({ exposedPorts }: Pick<Asked, 'exposedPorts'>): string[] {
  return [...new Set(exposedPorts.flatMap((name) => portName(name) ?? []))].sort(byPort);
}

/** Throws RangeError for a host address that is none. Host port '', '0' or none: any. --publish-all adds those that are only exposed. */
export function portWishes(asked: Asked): PortWish[] {
  const { PortBindings, PublishAllPorts } = asked.hostConfig;
  const bound = bindingsByName(PortBindings ?? {});
  return namedPorts(asked).flatMap((name) => {
    const { port, protocol } = parsePort(name)!;
    const bindings = bound.get(name) ?? [];
    if (bindings.length === 0)
      return PublishAllPorts === true ? [{ port, protocol, hostIp: '', hostPorts: null }] : [];
    return bindings.map(({ HostIp = '', HostPort = '' }) => {
      // Never looked up as a name.
      if (HostIp !== '' && isIP(HostIp) === 0) throw new RangeError(`invalid host IP: ${HostIp}`);
      const range = parsePortRange(HostPort);
      return { port, protocol, hostIp: HostIp, hostPorts: range && range.first > 0 ? range : null };
    });
  });
}
