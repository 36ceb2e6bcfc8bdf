// Flags of docker run and create on networks, addresses and names.
import type { Flag } from './types.ts';

export const NETWORK_FLAGS = [
  {
    flags: '--network',
    fields: ['HostConfig.NetworkMode', 'Config.NetworkDisabled'],
    state: 'partial',
    reason:
      "`none`, `host` and `container:X` work; `bridge` and `default` are the account's default network, where every container has an address of its own; a user network is a fabric network of the account",
  },
  {
    flags: '--network-alias, --network name=…,gw-priority=…,driver-opt=…',
    fields: ['Endpoint.Aliases', 'Endpoint.DriverOpts', 'Endpoint.GwPriority'],
    state: 'partial',
    reason:
      'in a datacenter without our compute nodes neighbours are not found by name. Of the driver options com.docker.network.endpoint.ifname and com.docker.network.endpoint.sysctls do something (where compute nodes have the capability `docker_interface_options`), others are kept and shown',
  },
  {
    flags: '--publish, --publish-all',
    fields: ['HostConfig.PortBindings', 'HostConfig.PublishAllPorts'],
    state: 'partial',
    reason:
      'in a datacenter whose compute nodes do not forward ports (capability `port_forwarding`) a container is reached at its own address, and a host port or address that differs from it is refused; an SCTP port is not kept from programs of the machine',
  },
  { flags: '--expose', fields: ['Config.ExposedPorts'], state: 'done' },
  {
    flags: '--ip, --ip6, --link-local-ip, --mac-address',
    fields: ['MacAddress', 'Endpoint.MacAddress', 'Endpoint.IPAMConfig'],
    state: 'partial',
    reason:
      'an address that is free is taken at create, one that is not at start, also from a container that does not run; a MAC address can be held by one container only; link-local addresses only where compute nodes have the capability `docker_interface_options`, and none of the network itself',
  },
  {
    flags: '--link',
    fields: ['HostConfig.Links', 'Endpoint.Links'],
    state: 'done',
  },
  { flags: '--add-host', fields: ['HostConfig.ExtraHosts'], state: 'done' },
  {
    flags: '--dns, --dns-search',
    fields: ['HostConfig.Dns', 'HostConfig.DnsSearch'],
    state: 'done',
  },
  { flags: '--dns-option', fields: ['HostConfig.DnsOptions'], state: 'done', metadataOnly: true },
] as const satisfies readonly Flag[];
