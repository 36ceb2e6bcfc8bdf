// A VM's nics as Docker's NetworkSettings.
import { createHash } from 'node:crypto';
import { uuidToDoubleId } from '#lib/docker-vm/ids.ts';
import type { Vm, VmNic } from '#lib/wire/types.ts';
import { endpointsOf, hostConfigOf } from '#src/vm/metadata.ts';
import { statusOf } from '#src/vm/state.ts';
import type { EndpointSettings } from '../types.ts';

/** Docker's NetworkSettings from API 1.52 on. */
export interface NetworkSettings {
  SandboxID: string;
  SandboxKey: string;
  Ports: Record<string, unknown>;
  Networks: Record<string, EndpointSettings>;
}

/** Network id that Docker shows for mode none, which has no Triton network: all zeros would look like a bug, so a hash. */
const NONE_ID = hash('none');

/** Pure. */
export function toNetworkSettings(vm: Vm): NetworkSettings {
  const up = isUp(vm);
  return {
    SandboxID: up ? hash(`sandbox ${vm.uuid}`) : '',
    SandboxKey: '',
    Ports: {},
    Networks: toNetworks(vm),
  };
}

/** The endpoints by network name; addresses only while it runs, as dockerd. */
export function toNetworks(vm: Vm): Record<string, EndpointSettings> {
  const mode = hostConfigOf(vm).NetworkMode || 'bridge';
  if (mode === 'none') return { none: toEndpoint(vm, 'none', null) };
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
    NetworkID: networkId(name, nic, up),
    EndpointID: up ? hash(`endpoint ${vm.uuid} ${nic?.mac ?? name}`) : '',
    Gateway: here?.gateway ?? '',
    IPAddress: here?.ip ?? '',
    IPPrefixLen: here ? prefixLength(here.netmask) : 0,
    IPv6Gateway: '',
    GlobalIPv6Address: '',
    GlobalIPv6PrefixLen: 0,
    DNSNames: null,
  };
}

/** '255.255.0.0' → 16. */
export function prefixLength(netmask: string): number {
  return netmask
    .split('.')
    .map((octet) => Number(octet).toString(2).replaceAll('0', '').length)
    .reduce((sum, bits) => sum + bits, 0);
}

function networkId(name: string, nic: VmNic | null, up: boolean): string {
  if (!up) return '';
  if (nic?.network_uuid) return uuidToDoubleId(nic.network_uuid);
  return name === 'none' ? NONE_ID : '';
}

function isUp(vm: Vm): boolean {
  return ['running', 'paused'].includes(statusOf(vm));
}

/** Docker shows 64-hex ids for things that Triton does not number; they only have to be stable and distinct. */
function hash(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
