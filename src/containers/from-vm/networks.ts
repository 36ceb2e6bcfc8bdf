// A VM's nics as Docker's NetworkSettings.
import { type DockerEndpoint, endpointsOf, namesOn, placesOf } from '#lib/docker-vm/endpoints.ts';
import type { PortMap } from '#lib/docker-vm/ports.ts';
import { ipv6Of } from '#lib/wire/nic-ipv6.ts';
import type { Vm, VmNic } from '#lib/wire/types.ts';
import { isUserDefined } from '#src/vm/endpoint-settings.ts';
import { hostConfigOf } from '#src/vm/metadata.ts';
import { endpointId, HOST_ID, NONE_ID, networkIdOf, prefixLength, sandboxId } from '#src/vm/network-ids.ts';
import { startedAt, statusOf } from '#src/vm/state.ts';
import type { EndpointSettings } from '../types.ts';
import { toPorts } from './ports.ts';

/** Docker's NetworkSettings from API 1.52 on. */
export interface NetworkSettings {
  SandboxID: string;
  SandboxKey: string;
  Ports: PortMap;
  Networks: Record<string, EndpointSettings>;
}

/** Pure. */
export function toNetworkSettings(vm: Vm): NetworkSettings {
  // Who joined another's network has no sandbox.
  const up = isUp(vm) && !isJoined(vm);
  return {
    SandboxID: up ? sandboxId(vm.uuid) : '',
    SandboxKey: '',
    Ports: toPorts(vm),
    Networks: toNetworks(vm),
  };
}

/** The endpoints by network name; addresses only while it runs, as dockerd. */
export function toNetworks(vm: Vm): Record<string, EndpointSettings> {
  const mode = hostConfigOf(vm).NetworkMode || 'bridge';
  if (isJoined(vm)) return {};
  if (mode === 'none' || mode === 'host') return { [mode]: toEndpoint(vm, mode, null, null) };
  const networks = Object.fromEntries(
    placesOf(vm).map(({ network, endpoint, nic }) => [network, toEndpoint(vm, network, nic, endpoint)]),
  );
  // Places that have no nic yet: the next start looks for their network.
  for (const [name, endpoint] of endpointsOf(vm)) networks[name] ??= toEndpoint(vm, name, null, endpoint);
  return networks;
}

/** The MAC address asked for on the network of the container's mode; '' for none. Pure. */
export function askedMac(vm: Vm): string {
  return endpointsOf(vm).get(hostConfigOf(vm).NetworkMode || 'bridge')?.MacAddress ?? '';
}

function toEndpoint(vm: Vm, name: string, nic: VmNic | null, asked: DockerEndpoint | null): EndpointSettings {
  const up = isUp(vm);
  const here = up ? nic : null;
  const six = here && ipv6Of(here);
  return {
    IPAMConfig: asked?.IPAMConfig ?? null,
    Links: asked?.Links ?? null,
    Aliases: asked?.Aliases ?? null,
    // Shown until the first start, which may give another.
    MacAddress: here?.mac ?? (wasUp(vm) ? '' : (asked?.MacAddress ?? '')),
    DriverOpts: asked?.DriverOpts ?? null,
    GwPriority: asked?.GwPriority ?? 0,
    NetworkID: networkId(name, nic, vm),
    EndpointID: up && (nic || !isUserDefined(name)) ? endpointId(vm.uuid, nic, name) : '',
    Gateway: here?.gateway ?? '',
    IPAddress: here?.ip ?? '',
    IPPrefixLen: here ? prefixLength(here.netmask) : 0,
    IPv6Gateway: six?.gateway ?? '',
    GlobalIPv6Address: six?.ip ?? '',
    GlobalIPv6PrefixLen: six?.prefix ?? 0,
    DNSNames: isUserDefined(name) && wasUp(vm) ? namesOn(vm, asked) : null,
  };
}

/** Known from the first start on, and kept when it has stopped. */
function networkId(name: string, nic: VmNic | null, vm: Vm): string {
  if (!wasUp(vm)) return '';
  if (nic?.network_uuid) return networkIdOf(nic.network_uuid);
  return { none: NONE_ID, host: HOST_ID }[name] ?? '';
}

function isJoined(vm: Vm): boolean {
  return hostConfigOf(vm).NetworkMode?.startsWith('container:') ?? false;
}

function wasUp(vm: Vm): boolean {
  return isUp(vm) || startedAt(vm) !== undefined || vm.exit_timestamp !== undefined;
}

function isUp(vm: Vm): boolean {
  return ['running', 'paused'].includes(statusOf(vm));
}
