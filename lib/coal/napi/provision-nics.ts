// The nics of a VM, as VMAPI asks for them when it makes one: the same answer however often it asks.
import { TritonError } from '#lib/wire/errors.ts';
import type { VmNetworkRequest, VmNic } from '#lib/wire/types.ts';
import type { Networks } from './networks.ts';
import { fits, type Nics, type NicWish } from './nics.ts';
import type { NicRow } from './store.ts';
import { vmNicOf } from './views.ts';

/** The VM that the nics are for. */
export interface NicHolder {
  uuid: string;
  owner_uuid: string;
}

/**
 * One nic per wanted entry, in that order. A nic that the VM has already is taken up again; the missing ones are made, all or
 * none. The first is primary unless another entry says so. Throws TritonError ResourceNotFound 404 for a network that is not
 * there for this owner, InvalidParameters 422, SubnetFull 507.
 */
export function provisionNics(
  nics: Nics,
  networks: Networks,
  vm: NicHolder,
  wanted: VmNetworkRequest[],
): VmNic[] {
  requireUsable(networks, vm, wanted);
  const primary = Math.max(
    wanted.findIndex((want) => want.primary === true),
    0,
  );
  const left = nics.of(vm.uuid);
  const found: (NicRow | null)[] = wanted.map((want) => {
    const at = left.findIndex(
      (nic) => nic.network_uuid === want.uuid && fits(nic, { ...want, ...ipv6Wish(want) }),
    );
    return at < 0 ? null : left.splice(at, 1)[0]!;
  });
  const missing = wanted.flatMap((want, i) => (found[i] === null ? [wish(vm, want, i === primary)] : []));
  const made = nics.add(missing);
  return found.map((nic) => shown(nic ?? made.shift()!, networks));
}

/** One more nic for each wanted entry, all or none. Throws as provisionNics. */
export function addNics(nics: Nics, networks: Networks, vm: NicHolder, wanted: VmNetworkRequest[]): VmNic[] {
  requireUsable(networks, vm, wanted);
  const first = nics.of(vm.uuid).length === 0;
  const made = nics.add(wanted.map((want, i) => wish(vm, want, first && i === 0)));
  return made.map((nic) => shown(nic, networks));
}

function requireUsable(networks: Networks, vm: NicHolder, wanted: VmNetworkRequest[]): void {
  for (const { uuid, ipv6_uuid } of wanted) {
    const row = networks.get(uuid)?.row;
    const isOthers = row?.fabric && row.fabric.owner_uuid !== vm.owner_uuid;
    const isBeside = ipv6_uuid === undefined || (row && networks.ipv6Beside(row)?.row.uuid === ipv6_uuid);
    if (!row || isOthers || !isBeside) throw new TritonError('ResourceNotFound', 404, 'network not found');
  }
}

function ipv6Wish({ ipv6_uuid, ipv6_ips }: VmNetworkRequest): Pick<NicWish, 'network6_uuid' | 'ip6'> {
  return { network6_uuid: ipv6_uuid, ip6: ipv6_ips?.[0] };
}

function wish(vm: NicHolder, want: VmNetworkRequest, primary: boolean): NicWish {
  const { uuid, ip, mac } = want;
  return {
    ...ipv6Wish(want),
    network_uuid: uuid,
    owner_uuid: vm.owner_uuid,
    belongs_to_uuid: vm.uuid,
    belongs_to_type: 'zone',
    // There is no net-agent that would tell of a zone's state later.
    state: 'running',
    primary,
    ip,
    mac,
  };
}

/** A nic as it stands on a VM. */
export function shown(nic: NicRow, networks: Networks): VmNic {
  const six = nic.network6_uuid === null ? null : networks.getIpv6(nic.network6_uuid);
  return vmNicOf(nic, networks.get(nic.network_uuid)!.view(), six?.view() ?? null);
}
