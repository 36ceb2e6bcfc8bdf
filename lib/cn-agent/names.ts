// Names of neighbours for a VM that is on a network with names: what it asks of 127.0.0.11 is led to the name server.
import { namedPlaces } from '#lib/docker-vm/endpoints.ts';
import type { Vm } from '#lib/wire/types.ts';
import type { Machine } from './machine.ts';
import type { AgentNode } from './node.ts';

/** True for a VM that finds its neighbours by their names: one on a network that a user has made. Pure. */
export function hasNames(vm: Pick<Vm, 'nics' | 'internal_metadata'>): boolean {
  return namedPlaces(vm).length > 0;
}

/** Where a VM's questions go, asked when the machine has its addresses; undefined for one without names. */
export function namesFor(node: AgentNode, vm: Vm): (() => Promise<{ ip: string; port: number }>) | undefined {
  const address = addressFor(node, vm);
  return address === null ? undefined : () => node.names.at(address);
}

/** After each change of its nics. Throws the programs' words. */
export async function directNames(node: AgentNode, vm: Vm): Promise<void> {
  const at = namesFor(node, vm);
  if (at !== undefined) await node.net.redirectNames(vm.uuid, await at());
}

/** After a restart of the agent: the rules inside are there, and lead to where we must listen again. Never throws. */
export async function recoverNames(node: AgentNode, running: Machine[]): Promise<void> {
  const addresses = new Set(running.flatMap(({ zone }) => addressFor(node, zone.vm) ?? []));
  for (const address of addresses) {
    await node.names.at(address).catch((err: unknown) => {
      node.log.error({ err, address }, 'the name server cannot listen');
    });
  }
}

/** The machine's own address on one of its networks with names. */
function addressFor(node: AgentNode, vm: Vm): string | null {
  for (const { nic } of namedPlaces(vm)) {
    const address = node.net.addressOn(nic.network_uuid);
    if (address !== null) return address;
  }
  return null;
}
