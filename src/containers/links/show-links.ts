// Links as inspect and ps show them. Pure.
import { linksOf } from '#lib/docker-vm/links.ts';
import type { Vm } from '#lib/wire/types.ts';

/** HostConfig.Links: '/linked:/parent/alias'; null for none. */
export function shownLinks(vm: Vm, linked: ReadonlyMap<string, Vm>): string[] | null {
  const shown = linksOf(vm).flatMap(({ uuid, alias }) => {
    const other = linked.get(uuid);
    return other ? [`/${other.alias}:/${vm.alias}/${alias}`] : [];
  });
  return shown.length > 0 ? shown.sort() : null;
}

/** By the linked VM's uuid, the further names that it has for that: '/parent/alias'. */
export function linkNames(vms: readonly Vm[]): Map<string, string[]> {
  const names = new Map<string, string[]>();
  for (const vm of vms) {
    for (const { uuid, alias } of linksOf(vm))
      names.set(uuid, [...(names.get(uuid) ?? []), `/${vm.alias}/${alias}`]);
  }
  return names;
}
