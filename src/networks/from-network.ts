// A NAPI network as Docker's, newest API version, and the older shapes of it.
import type { IpamConfig, NetworkRecord } from '#lib/store/types.ts';
import { ipv6Of } from '#lib/wire/nic-ipv6.ts';
import type { Network, Vm } from '#lib/wire/types.ts';
import type { ApiVersion } from '#src/api/version.ts';
import { dockerIdOf, hostConfigOf } from '#src/vm/metadata.ts';
import { endpointId, HOST_ID, NONE_ID, networkIdOf, prefixLength } from '#src/vm/network-ids.ts';
import { goTime, ZERO_TIME } from '#src/vm/state.ts';

export interface NetworkEndpoint {
  Name: string;
  EndpointID: string;
  MacAddress: string;
  IPv4Address: string;
  IPv6Address: string;
}

/** Docker's Network; `Containers` only in inspect. */
export interface NetworkResource {
  Name: string;
  Id: string;
  Created: string;
  Scope: 'local';
  Driver: string;
  EnableIPv4: boolean;
  EnableIPv6: boolean;
  IPAM: { Driver: string; Options: Record<string, string> | null; Config: IpamConfig[] };
  Internal: boolean;
  Attachable: boolean;
  Ingress: boolean;
  ConfigFrom: { Network: string };
  ConfigOnly: boolean;
  Containers?: Record<string, NetworkEndpoint>;
  Options: Record<string, string>;
  Labels: Record<string, string>;
}

/** Networks that a user can neither make nor remove. */
export const PREDEFINED: readonly string[] = ['bridge', 'host', 'none', 'default'];

/** Pure. `name`: what Docker calls it; `record`: what Docker was told of it. */
export function toNetwork(
  network: Network,
  name: string,
  record: NetworkRecord | null = null,
): NetworkResource {
  const { subnet: Subnet, gateway } = network;
  const shown = blank(name, networkIdOf(network.uuid), 'bridge');
  if (record !== null) return { ...shown, ...recorded(record) };
  return {
    ...shown,
    Internal: network.internet_nat === false,
    IPAM: {
      Driver: 'default',
      Options: null,
      Config: [{ Subnet, ...(gateway ? { Gateway: gateway } : {}) }],
    },
    Options: { 'com.docker.network.driver.mtu': String(network.mtu) },
  };
}

function recorded(record: NetworkRecord): Partial<NetworkResource> {
  const { driver, ipam, internal, attachable, options, labels, network6_uuid, config_from } = record;
  return {
    Created: goTime(record.created),
    Driver: driver,
    EnableIPv6: Boolean(network6_uuid),
    IPAM: ipam,
    Internal: internal,
    Attachable: attachable,
    ConfigFrom: { Network: config_from ?? '' },
    Options: options,
    Labels: labels,
  };
}

/** --config-only. Pure. */
export function configNetwork(record: NetworkRecord): NetworkResource {
  return {
    ...blank(record.name, networkIdOf(record.uuid), record.driver),
    ...recorded(record),
    EnableIPv4: record.config_only?.enable_ipv4 ?? true,
    EnableIPv6: record.config_only?.enable_ipv6 ?? false,
    ConfigOnly: true,
  };
}

/** --network none. Pure. */
export function noneNetwork(): NetworkResource {
  return blank('none', NONE_ID, 'null');
}

/** --network host. Pure. */
export function hostNetwork(): NetworkResource {
  return blank('host', HOST_ID, 'host');
}

/** The endpoints of the VMs that are on it, by container id. Pure. */
export function toEndpoints(network: NetworkResource, vms: Vm[]): Record<string, NetworkEndpoint> {
  const endpoints: Record<string, NetworkEndpoint> = {};
  for (const vm of vms) {
    if (network.Id === NONE_ID || network.Id === HOST_ID) {
      if (hostConfigOf(vm).NetworkMode === network.Name)
        endpoints[dockerIdOf(vm)] = bareEndpoint(vm, network);
      continue;
    }
    const nic = vm.nics.find((one) => networkIdOf(one.network_uuid) === network.Id);
    if (!nic) continue;
    const six = ipv6Of(nic);
    endpoints[dockerIdOf(vm)] = {
      Name: vm.alias ?? '',
      EndpointID: endpointId(vm.uuid, nic, network.Name),
      MacAddress: nic.mac,
      IPv4Address: `${nic.ip}/${prefixLength(nic.netmask)}`,
      IPv6Address: six === null ? '' : `${six.ip}/${six.prefix}`,
    };
  }
  return endpoints;
}

/** On none and host nobody has an address. */
function bareEndpoint(vm: Vm, { Name }: NetworkResource): NetworkEndpoint {
  const EndpointID = endpointId(vm.uuid, null, Name);
  return { Name: vm.alias ?? '', EndpointID, MacAddress: '', IPv4Address: '', IPv6Address: '' };
}

/** EnableIPv4 came with 1.48; before 1.28 a list carried the containers too, of which it now says nothing. */
export function networkForVersion(network: NetworkResource, version: ApiVersion): object {
  const { EnableIPv4, ...older } = network;
  return version >= 48 ? network : older;
}

function blank(name: string, id: string, driver: string): NetworkResource {
  return {
    Name: name,
    Id: id,
    // Of those that Docker did not make: NAPI does not keep it.
    Created: ZERO_TIME,
    Scope: 'local',
    Driver: driver,
    EnableIPv4: true,
    EnableIPv6: false,
    IPAM: { Driver: 'default', Options: null, Config: [] },
    Internal: false,
    Attachable: false,
    Ingress: false,
    ConfigFrom: { Network: '' },
    ConfigOnly: false,
    Options: {},
    Labels: {},
  };
}
