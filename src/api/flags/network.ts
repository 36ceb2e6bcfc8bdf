// Flags of docker run and create on networks, addresses and names.
import type { Flag } from './types.ts';

export const NETWORK_FLAGS = [
  {
    flags: '--network',
    fields: ['HostConfig.NetworkMode', 'Config.NetworkDisabled'],
    state: 'partial',
    reason:
      "`none`, `host` and `container:X` work; `bridge` and `default` are the account's default network, where every container has an address of its own",
    refused: [
      'user-defined networks (--network)',
      'connecting to several networks',
      'NetworkDisabled (use --network none)',
    ],
  },
  {
    flags: '--network-alias, --network name=…,driver-opt=…',
    fields: ['Endpoint.Aliases', 'Endpoint.DriverOpts', 'Endpoint.GwPriority'],
    state: 'notImplemented',
    refused: ['network aliases and driver options (--network-alias, driver-opt)'],
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
    state: 'notImplemented',
    refused: ['a fixed address or MAC (--ip, --ip6, --link-local-ip, --mac-address)'],
  },
  {
    flags: '--link',
    fields: ['HostConfig.Links', 'Endpoint.Links'],
    state: 'notImplemented',
    refused: ['links (--link)'],
  },
  { flags: '--add-host', fields: ['HostConfig.ExtraHosts'], state: 'done' },
  {
    flags: '--dns, --dns-search',
    fields: ['HostConfig.Dns', 'HostConfig.DnsSearch'],
    state: 'done',
  },
  { flags: '--dns-option', fields: ['HostConfig.DnsOptions'], state: 'done', metadataOnly: true },
] as const satisfies readonly Flag[];
