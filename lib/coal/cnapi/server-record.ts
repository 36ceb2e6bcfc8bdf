// This machine as a CNAPI server object, from the agent's sysinfo.
import { freemem } from 'node:os';
import type { Server, Vm } from '#lib/wire/types.ts';
import type { Sysinfo } from './sysinfo-cache.ts';

/** Parts that a list has only when they are asked for. Of the real ones, disk and capacity add nothing here. */
export const EXTRAS = ['agents', 'sysinfo', 'vms', 'memory', 'disk', 'capacity'] as const;
export type Extra = (typeof EXTRAS)[number];
export const ALL_EXTRAS: ReadonlySet<Extra> = new Set(EXTRAS);

/** What CNAPI keeps of each VM. */
const VM_FIELDS = [
  'uuid',
  'owner_uuid',
  'brand',
  'state',
  'zone_state',
  'cpu_cap',
  'quota',
  'max_physical_memory',
  'last_modified',
] as const;

/** Pure, but for the free memory of this moment (extra `memory`). */
export function describeServer(sysinfo: Sysinfo, vms: Vm[], extras: ReadonlySet<Extra>): Server {
  const platform = String(sysinfo['Live Image']);
  const server: Server = {
    comments: '',
    rack_identifier: '',
    reservation_ratio: 0,
    reserved: false,
    reservoir: false,
    status: 'running',
    traits: {},
    uuid: String(sysinfo.UUID),
    boot_params: {},
    boot_platform: platform,
    kernel_flags: {},
    current_platform: platform,
    // The machine carries the services as well as the VMs.
    headnode: true,
    hostname: String(sysinfo.Hostname),
    system_type: String(sysinfo['System Type']),
    last_boot: new Date(Number(sysinfo['Boot Time']) * 1000).toISOString(),
    ram: Number(sysinfo['MiB of Memory']),
    setup: true,
  } as unknown as Server;
  if (extras.has('agents')) server.agents = [];
  if (extras.has('sysinfo')) server.sysinfo = sysinfo;
  if (extras.has('vms')) server.vms = Object.fromEntries(vms.map((vm) => [vm.uuid, pick(vm)]));
  if (extras.has('memory')) {
    server.memory_total_bytes = Number(sysinfo['Memory Total Bytes']);
    server.memory_available_bytes = freemem();
    server.memory_provisionable_bytes = freemem();
  }
  return server;
}

function pick(vm: Vm): Record<string, unknown> {
  return Object.fromEntries(VM_FIELDS.map((field) => [field, vm[field]]));
}
