// Paths of /proc and /sys that a container must not read, or not write.
import type { HostConfig } from './docker-settings.ts';
import type { HostFacts } from './types.ts';

const MASKED = [
  '/proc/acpi',
  '/proc/asound',
  '/proc/interrupts',
  '/proc/kcore',
  '/proc/keys',
  '/proc/latency_stats',
  '/proc/sched_debug',
  '/proc/scsi',
  '/proc/timer_list',
  '/proc/timer_stats',
  '/sys/devices/virtual/powercap',
  '/sys/firmware',
];
const READONLY = ['/proc/bus', '/proc/fs', '/proc/irq', '/proc/sys', '/proc/sysrq-trigger'];

/** Privileged: none. HostConfig's own lists win (`--security-opt systempaths=unconfined` sends empty ones). */
export function guardedPaths(
  host: HostConfig,
  facts: HostFacts,
): { maskedPaths: string[]; readonlyPaths: string[] } {
  const none = host.Privileged === true;
  return {
    maskedPaths: host.MaskedPaths ?? (none ? [] : [...MASKED, ...facts.thermalThrottle]),
    readonlyPaths: host.ReadonlyPaths ?? (none ? [] : READONLY),
  };
}
