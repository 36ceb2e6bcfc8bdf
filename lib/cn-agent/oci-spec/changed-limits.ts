// What an update changes in the cgroup of a container that runs.
import { isDeepStrictEqual } from 'node:util';
import { DEVICE_LIMITS, type DeviceLimit } from '#lib/docker-vm/device-limits.ts';
import type { HostConfig } from './docker-settings.ts';
import { resources } from './resources.ts';
import type { OciResources, SpecInput } from './types.ts';

/** runc's word for it. */
const NO_LIMIT = -1;

/** A VM and what Docker has said of it, before or after. */
export interface Limited extends Pick<SpecInput, 'vm'> {
  hostConfig: HostConfig;
}

/** Pure. The lists of limits by device that are new: the devices of others may have gone since the start. */
export function newDeviceLimits(after: HostConfig, before: HostConfig): Pick<HostConfig, DeviceLimit> {
  const changed = DEVICE_LIMITS.filter((key) => !isDeepStrictEqual(after[key] ?? null, before[key] ?? null));
  return Object.fromEntries(changed.map((key) => [key, after[key]]));
}

/**
 * Pure. As OCI LinuxResources, or null when nothing does; what is not said stays as it was. `deviceNumbers` are those of newDeviceLimits:
 * runc sets them at once from 1.4 on, an older one leaves them to the next start.
 */
export function changedLimits(
  facts: Required<Pick<SpecInput, 'host' | 'deviceNumbers'>>,
  before: Limited,
  after: Limited,
): OciResources | null {
  const of = ({ vm, hostConfig }: Limited) => resources({ ...facts, vm }, hostConfig);
  const limits = of(after);
  if (isDeepStrictEqual(limits, of(before))) return null;
  // No limit of processes takes the one before away.
  const unlimited = facts.host.controllers.includes('pids') ? { pids: { limit: NO_LIMIT } } : {};
  return { ...unlimited, ...limits };
}
