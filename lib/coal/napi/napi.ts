// CoaL's NAPI: the network of this machine, the owners' fabrics, their addresses and the nics on them.

import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type Logger from 'bunyan';
import type { FabricNetwork } from '#lib/net/types.ts';
import { numberToIp } from '#lib/wire/ipv4.ts';
import type { Network, VmNetworkRequest, VmNic } from '#lib/wire/types.ts';
import type { CoalService } from '../types.ts';
import type { OpenNetwork } from './network.ts';
import { Networks } from './networks.ts';
import { Nics } from './nics.ts';
import { addNics, type NicHolder, provisionNics, shown } from './provision-nics.ts';
import { routes } from './routes.ts';
import { openNapiStore } from './store.ts';
import { Vlans } from './vlans.ts';

export interface NapiOptions {
  /** CoaL's state directory: napi.db goes there. */
  stateDir: string;
  /** Holder of the reserved addresses. */
  adminUuid: string;
  /** The machine that all nics are on. */
  serverUuid: string;
  /** resolvers: [] = the machine's own that a container can reach. */
  network: { name: string; subnet: string; mtu: number; resolvers: string[] };
  /** Subnets that this machine reaches by other ways than these networks; default: none. */
  machineSubnets?: () => Promise<string[]>;
  log: Logger;
}

export type Napi = CoalService & {
  /** See provision-nics.ts: idempotent, durable when it returns, throws TritonError. */
  provisionNics(vm: NicHolder, wanted: VmNetworkRequest[]): VmNic[];
  /** One more nic per entry; as provisionNics otherwise. */
  addNics(vm: NicHolder, wanted: VmNetworkRequest[]): VmNic[];
  /** Frees these nics of the VM; when the primary one is among them another becomes it. */
  removeNics(vmUuid: string, macs: string[]): void;
  /** Frees what the VM holds; nothing is fine. */
  releaseNics(vmUuid: string): void;
  /** The nics that a VM holds. */
  nicsOf(vmUuid: string): VmNic[];
  /** VMs that have a nic, for whoever looks for left-overs. */
  nicHolders(): string[];
  readonly network: Network;
  fabrics(): FabricNetwork[];
  /** Called before a network goes: takes away what the machine has of it. */
  onNetworkGone(take: (uuid: string) => Promise<void>): void;
};

/** Opens the records and brings the network up to the settings. Throws an Error when these do not fit what is held. */
export async function createNapi(opts: NapiOptions): Promise<Napi> {
  const log = opts.log.child({ component: 'napi' });
  mkdirSync(opts.stateDir, { recursive: true });
  const store = openNapiStore(join(opts.stateDir, 'napi.db'));
  try {
    const networks = new Networks(store, opts.network);
    const nics = new Nics(store, networks, opts.adminUuid);
    if (networks.standard.view().resolvers.length === 0)
      log.warn('this machine has no name server that containers can reach: set network.resolvers');
    let onGone = async (_uuid: string): Promise<void> => undefined;
    const { adminUuid, serverUuid, machineSubnets = async () => [] } = opts;
    return {
      name: 'napi',
      server: 'Triton Networking API',
      routes: routes({
        ...{ networks, nics, adminUuid, serverUuid, machineSubnets },
        vlans: new Vlans(store),
        onNetworkGone: (uuid) => onGone(uuid),
      }),
      provisionNics: (vm, wanted) => provisionNics(nics, networks, vm, wanted),
      addNics: (vm, wanted) => addNics(nics, networks, vm, wanted),
      removeNics: (vmUuid, macs) => removeNics(nics, vmUuid, macs),
      releaseNics: (vmUuid) => nics.remove(nics.of(vmUuid)),
      nicsOf: (vmUuid) => nics.of(vmUuid).map((nic) => shown(nic, networks)),
      nicHolders: () => nics.holders(),
      get network() {
        return networks.standard.view();
      },
      fabrics: () => networks.all().flatMap((network) => factsOf(network, networks)),
      onNetworkGone: (take) => {
        onGone = take;
      },
      close: async () => store.close(),
    };
  } catch (err) {
    store.close();
    throw err;
  }
}

function removeNics(nics: Nics, vmUuid: string, macs: string[]): void {
  const own = nics.of(vmUuid);
  nics.remove(own.filter(({ mac }) => macs.includes(mac)));
  const [first, ...rest] = nics.of(vmUuid);
  if (first && [first, ...rest].every((nic) => nic.is_primary === 0)) nics.setPrimary(first, true);
}

function factsOf({ row, layout }: OpenNetwork, networks: Networks): FabricNetwork[] {
  const { uuid, number, subnet, fabric } = row;
  if (fabric === null) return [];
  const gateway = layout.gateway === null ? null : numberToIp(layout.gateway);
  const six = networks.ipv6Beside(row)?.row;
  const ipv6 = six ? { ipv6: { subnet: six.subnet, gateway: six.fabric.gateway } } : {};
  const { mtu, internet_nat, peers = true, masquerade = true } = fabric;
  return [{ uuid, number, subnet, gateway, internal: !internet_nat, mtu, peers, masquerade, ...ipv6 }];
}
