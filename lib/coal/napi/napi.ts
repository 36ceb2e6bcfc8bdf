// CoaL's NAPI: the one network of this machine, its addresses and the nics on it.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type Logger from 'bunyan';
import type { Network, VmNetworkRequest, VmNic } from '#lib/wire/types.ts';
import type { CoalService } from '../types.ts';
import { openNetwork } from './network.ts';
import { Nics } from './nics.ts';
import { provisionNics } from './provision-nics.ts';
import { routes } from './routes.ts';
import { openNapiStore } from './store.ts';

export interface NapiOptions {
  /** CoaL's state directory: napi.db goes there. */
  stateDir: string;
  /** Holder of the reserved addresses. */
  adminUuid: string;
  /** The machine that all nics are on. */
  serverUuid: string;
  /** resolvers: [] = the machine's own that a container can reach. */
  network: { name: string; subnet: string; mtu: number; resolvers: string[] };
  log: Logger;
}

export type Napi = CoalService & {
  /** See provision-nics.ts: idempotent, durable when it returns, throws TritonError. */
  provisionNics(vm: { uuid: string; owner_uuid: string }, wanted: VmNetworkRequest[]): VmNic[];
  /** Frees what the VM holds; nothing is fine. */
  releaseNics(vmUuid: string): void;
  /** VMs that have a nic, for whoever looks for left-overs. */
  nicHolders(): string[];
  readonly network: Network;
};

/** Opens the records and brings the network up to the settings. Throws an Error when these do not fit what is held. */
export async function createNapi(opts: NapiOptions): Promise<Napi> {
  const log = opts.log.child({ component: 'napi' });
  mkdirSync(opts.stateDir, { recursive: true });
  const store = openNapiStore(join(opts.stateDir, 'napi.db'));
  try {
    const network = openNetwork(store, opts.network);
    const nics = new Nics(store, network, opts.adminUuid);
    const first = network.view();
    if (first.resolvers.length === 0)
      log.warn('this machine has no name server that containers can reach: set network.resolvers');
    return {
      name: 'napi',
      server: 'Triton Networking API',
      routes: routes({ network, nics, adminUuid: opts.adminUuid, serverUuid: opts.serverUuid }),
      provisionNics: (vm, wanted) => provisionNics(nics, network, vm, wanted),
      releaseNics: (vmUuid) => nics.remove(nics.of(vmUuid)),
      nicHolders: () => nics.holders(),
      get network() {
        return network.view();
      },
      close: async () => store.close(),
    };
  } catch (err) {
    store.close();
    throw err;
  }
}
