// Fills what VMAPI's full form never leaves out: the changefeed and stored records carry a compact form without it.
import type { Vm } from './types.ts';

/** Fields that are always on a VM of GET /vms, null when unset (triton-wire §1.7). */
const NULLABLE = [
  'alias',
  'billing_id',
  'cpu_cap',
  'cpu_shares',
  'create_timestamp',
  'destroyed',
  'last_modified',
  'limit_priv',
  'max_locked_memory',
  'max_lwps',
  'max_physical_memory',
  'max_swap',
  'owner_uuid',
  'platform_buildstamp',
  'quota',
  'server_uuid',
  'zfs_filesystem',
  'zfs_io_priority',
  'zone_state',
  'zonepath',
  'zpool',
] as const;
const OBJECTS = ['customer_metadata', 'internal_metadata', 'tags'] as const;
const LISTS = ['datasets', 'nics', 'resolvers', 'snapshots'] as const;

/** The VM with every field of the full form; the given object is not changed. */
export function completeVm(vm: Partial<Vm>): Vm {
  const out: Record<string, unknown> = { ...vm };
  for (const key of NULLABLE) out[key] ??= null;
  for (const key of OBJECTS) out[key] ??= {};
  for (const key of LISTS) out[key] ??= [];
  out.autoboot ??= false;
  out.firewall_enabled ??= false;
  out.ram = vm.ram ?? vm.max_physical_memory ?? null;
  return out as unknown as Vm;
}
