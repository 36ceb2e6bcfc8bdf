// Kernel settings inside the container's namespaces.
import type { DockerSettings } from './docker-settings.ts';
import type { SpecInput } from './types.ts';

/** dockerd's two defaults for a network of one's own, the domain name, then HostConfig.Sysctls over them. */
export function sysctls(input: SpecInput, settings: DockerSettings): Record<string, string> {
  const { hostConfig, domainname } = settings;
  const ownNetwork = input.netnsPath !== null && !hostConfig.NetworkMode?.startsWith('container:');
  return {
    ...(ownNetwork
      ? { 'net.ipv4.ping_group_range': '0 2147483647', 'net.ipv4.ip_unprivileged_port_start': '0' }
      : {}),
    ...(domainname !== '' && hostConfig.UTSMode !== 'host' ? { 'kernel.domainname': domainname } : {}),
    ...(hostConfig.Sysctls ?? {}),
  };
}
