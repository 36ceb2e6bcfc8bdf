// How much disk a VM's writable layer may take: what `--storage-opt size=` says, else the package's quota.
import { bytesIn } from '#lib/docker-vm/sizes.ts';
import type { Vm } from '#lib/wire/types.ts';
import type { HostConfig } from '../oci-spec/docker-settings.ts';

const GIB = 2 ** 30;

/** Bytes; 0 = no limit. Pure. */
export function diskQuota(vm: Pick<Vm, 'quota'>, { StorageOpt }: Pick<HostConfig, 'StorageOpt'>): number {
  const asked = Object.entries(StorageOpt ?? {}).find(([key]) => key.toLowerCase() === 'size')?.[1];
  return (asked === undefined ? null : bytesIn(asked)) ?? Math.round((vm.quota ?? 0) * GIB);
}
