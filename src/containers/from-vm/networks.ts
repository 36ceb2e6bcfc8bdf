// A VM's nics as Docker's NetworkSettings.
import type { PortMap } from '#lib/docker-vm/ports.ts';
import type { Vm, VmNic } from '#lib/wire/types.ts';
import { endpointsOf, hostConfigOf } from '#src/vm/metadata.ts';
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
  if (mode === 'none' || mode === 'host') return { [mode]: toEndpoint(vm, mode, null) };
  const nic = vm.nics.find((candidate) => candidate.primary === true) ?? vm.nics[0];
  const name = mode === 'default' ? 'bridge' : mode;
  return { [name]: toEndpoint(vm, name, nic ?? null) };
}

function toEndpoint(vm: Vm, name: string, nic: VmNic | null): EndpointSettings {
  const asked = endpointsOf(vm)[name] ?? {};
  const up = isUp(vm);
  const here = up ? nic : null;
  return {
    IPAMConfig: (asked.IPAMConfig as EndpointSettings['IPAMConfig'] | undefined) ?? null,
    Links: null,
    Aliases: (asked.Aliases as string[] | null | undefined) ?? null,
    MacAddress: here?.mac ?? '',
    DriverOpts: (asked.DriverOpts as Record<string, string> | null | undefined) ?? null,
    GwPriority: typeof asked.GwPriority === 'number' ? asked.GwPriority : 0,
    NetworkID: networkId(name, nic, vm),
    EndpointID: up ? endpointId(vm.uuid, nic, name) : '',
    Gateway: here?.gateway ?? '',
    IPAddress: here?.ip ?? '',
    IPPrefixLen: here ? prefixLength(here.netmask) : 0,
    IPv6Gateway: '',
    GlobalIPv6Address: '',
    GlobalIPv6PrefixLen: 0,
    DNSNames: null,
  };
}

/** Known from the first start on, and kept when it has stopped. */
function networkId(name: string, nic: VmNic | null, vm: Vm): string {
  if (!isUp(vm) && startedAt(vm) === undefined && vm.exit_timestamp === undefined) return '';
  if (nic?.network_uuid) return networkIdOf(nic.network_uuid);
  return { none: NONE_ID, host: HOST_ID }[name] ?? '';
}

function isJoined(vm: Vm): boolean {
  return hostConfigOf(vm).NetworkMode?.startsWith('container:') ?? false;
}

function isUp(vm: Vm): boolean {
  return ['running', 'paused'].includes(statusOf(vm));
}
