// The nics of a VM, as VMAPI asks for them when it makes one: the same answer however often it asks.
import { TritonError } from '#lib/wire/errors.ts';
import type { VmNetworkRequest, VmNic } from '#lib/wire/types.ts';
import type { OpenNetwork } from './network.ts';
import { fits, type Nics } from './nics.ts';
import type { NicRow } from './store.ts';
import { vmNicOf } from './views.ts';

/**
 * One nic per wanted entry, in that order. A nic that the VM has already is taken up again; the missing ones are made, all or
 * none. The first is primary unless another entry says so. Throws TritonError ResourceNotFound 404 for an unknown network,
 * InvalidParameters 422, SubnetFull 507.
 */
export function provisionNics(
  nics: Nics,
  network: OpenNetwork,
  vm: { uuid: string; owner_uuid: string },
  wanted: VmNetworkRequest[],
): VmNic[] {
  for (const { uuid } of wanted) {
    if (uuid !== network.row.uuid) throw new TritonError('ResourceNotFound', 404, 'network not found');
  }
  const primary = Math.max(
    wanted.findIndex((want) => want.primary === true),
    0,
  );
  const left = nics.of(vm.uuid);
  const found: (NicRow | null)[] = wanted.map((want) => {
    const at = left.findIndex((nic) => nic.network_uuid === want.uuid && fits(nic, want));
    return at < 0 ? null : left.splice(at, 1)[0]!;
  });
  const missing = wanted.flatMap(({ ip, mac }, i) =>
    found[i] === null
      ? [
          {
            owner_uuid: vm.owner_uuid,
            belongs_to_uuid: vm.uuid,
            belongs_to_type: 'zone' as const,
            // There is no net-agent that would tell of a zone's state later.
            state: 'running' as const,
            primary: i === primary,
            ip,
            mac,
          },
        ]
      : [],
  );
  const made = nics.add(missing);
  const shown = network.view();
  return found.map((nic) => vmNicOf(nic ?? made.shift()!, shown));
}
