// What the daemon remembers of a VM so that, at the next change or after a restart, it can tell what has happened since.

import { placesOf } from '#lib/docker-vm/endpoints.ts';
import { MD } from '#lib/docker-vm/metadata.ts';
import { vmVolumesOf } from '#lib/docker-vm/volumes.ts';
import type { Vm } from '#lib/wire/types.ts';
import { containerAttributes } from '#src/vm/event-attributes.ts';
import { dockerIdOf, hostConfigOf, text } from '#src/vm/metadata.ts';
import { HOST_ID, NONE_ID, networkIdOf } from '#src/vm/network-ids.ts';
import { startedAt } from '#src/vm/state.ts';

/** Kept in the store as JSON for every container; whatever an event of a VM that is gone needs is in it. */
export interface Seen {
  v: 2;
  owner: string;
  /** 64 hex */
  id: string;
  /** Labels, image, name. */
  attributes: Record<string, string>;
  /** pre: still being provisioned, Docker does not know it yet. */
  phase: 'pre' | 'up' | 'down';
  /** ISO time of the last boot, '' = never. */
  started: string;
  /** ISO time of the last exit, '' = never. */
  exited: string;
  /** Why the last start failed, '' = it did not. */
  error: string;
  oom: boolean;
  paused: boolean;
  restarting: boolean;
  /** Ids and names of its networks, in the order of their names. */
  nets: [id: string, name: string][];
  /** Volumes that are mounted while it runs; absent when there is none. */
  volumes?: SeenVolume[];
}

export interface SeenVolume {
  name: string;
  driver: string;
  destination: string;
  rw: boolean;
}

/** From when a container had one network. */
type SeenV1 = Omit<Seen, 'v' | 'nets'> & { v: 1; net: [id: string, name: string] | null };

/**
 * The VM as it will be remembered. Times that the VM does not carry in its present state (a real one loses boot_timestamp when it
 * stops) are those of `prev`. Pure.
 */
export function snapshot(vm: Vm, prev: Seen | null): Seen {
  const md = vm.internal_metadata;
  return {
    v: 2,
    owner: vm.owner_uuid ?? prev?.owner ?? '',
    id: dockerIdOf(vm),
    attributes: containerAttributes(vm),
    phase: phaseOf(vm, prev),
    started: startedAt(vm) ?? prev?.started ?? '',
    exited: vm.exit_timestamp ?? prev?.exited ?? '',
    error: text(md[MD.error]),
    oom: md[MD.oomKilled] === true,
    paused: md[MD.paused] === true,
    restarting: md[MD.restarting] === true,
    nets: networksOf(vm),
    ...volumesOf(vm),
  };
}

/** A container that was just made. */
export function unstarted(seen: Seen): Seen {
  const never = { started: '', exited: '', error: '', oom: false, paused: false, restarting: false };
  return { ...seen, ...never, phase: 'down' };
}

/** null for a record that this program does not understand. */
export function parseSeen(json: string): Seen | null {
  try {
    const seen = JSON.parse(json) as Seen | SeenV1;
    if (seen.v !== 1) return seen.v === 2 ? seen : null;
    const { net, ...rest } = seen;
    return { ...rest, v: 2, nets: net === null ? [] : [net] };
  } catch {
    return null;
  }
}

function phaseOf(vm: Vm, prev: Seen | null): Seen['phase'] {
  switch (vm.state) {
    case 'running':
    case 'stopping':
      return 'up';
    case 'stopped':
      return 'down';
    case 'provisioning':
    case 'incomplete':
      return prev?.phase ?? 'pre';
    default:
      // VMAPI shows an unreachable server's word in place of the VM's own state: no news of the VM.
      return prev?.phase ?? (vm.zone_state === 'running' ? 'up' : 'down');
  }
}

function volumesOf(vm: Vm): Pick<Seen, 'volumes'> {
  const volumes = vmVolumesOf(vm.internal_metadata).map(({ name, type, mountpoint, mode }) => {
    return { name, driver: type, destination: mountpoint, rw: mode === 'rw' };
  });
  return volumes.length > 0 ? { volumes } : {};
}

function networksOf(vm: Vm): Seen['nets'] {
  const mode = hostConfigOf(vm).NetworkMode ?? '';
  if (mode === 'none') return [[NONE_ID, mode]];
  if (mode === 'host') return [[HOST_ID, mode]];
  const places = placesOf(vm).map(({ network, nic }): [string, string] => [
    networkIdOf(nic.network_uuid),
    network,
  ]);
  return places.sort((a, b) => (a[1] < b[1] ? -1 : 1));
}
