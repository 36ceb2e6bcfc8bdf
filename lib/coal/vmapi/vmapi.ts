// CoaL's VMAPI: records in SQLite, work by the compute-node agent, every change on the changefeed (triton-wire §2).
import type Logger from 'bunyan';
import type { Vm } from '#lib/wire/types.ts';
import { ChangefeedPublisher } from '../changefeed/publisher.ts';
import type { TaskRunner } from '../cnapi/task-runner.ts';
import type { CoalService } from '../types.ts';
import { Jobs } from './jobs.ts';
import type { Neighbours, VmapiParts } from './parts.ts';
import { reconcile } from './reconcile.ts';
import { vmapiRoutes } from './routes.ts';
import { toReply } from './vm-reply.ts';
import { VmStore } from './vm-store.ts';

export const VMAPI_SERVER = 'VMAPI/9.16.0';

/** The `vm` resource of the changefeed, as the real VMAPI offers it. */
const RESOURCE = {
  resource: 'vm',
  subResources: [
    ...['alias', 'customer_metadata', 'destroyed', 'internal_metadata', 'nics', 'owner_uuid'],
    ...['server_uuid', 'state', 'tags'],
  ],
  bootstrapRoute: '/vms',
};

/** The records with their changefeed: what the agent tells its changes to, before VMAPI itself can be made. */
export interface VmRecords {
  store: VmStore;
  feed: ChangefeedPublisher;
  /** Called with each record that is new or has changed, as soon as it is durable. */
  onVm(listener: (vm: Vm) => void): void;
}

/** Opens (creates, migrates) the file. Throws when it is of a newer version. */
export function openVmRecords(file: string, log: Logger): VmRecords {
  const feed = new ChangefeedPublisher(RESOURCE, log.child({ component: 'vmapi' }));
  const listeners: ((vm: Vm) => void)[] = [];
  const store = new VmStore(file, (vm, fields) => {
    for (const listener of listeners) listener(vm);
    feed.publish(vm.uuid, fields, toReply(vm));
  });
  return { store, feed, onVm: (listener) => listeners.push(listener) };
}

export interface VmapiOptions extends Neighbours {
  records: VmRecords;
  tasks: TaskRunner;
  log: Logger;
}

/** Resolves when records and compute node agree. close() waits for running jobs and closes the records. */
export async function createVmapi(opts: VmapiOptions): Promise<CoalService> {
  const { records, ...rest } = opts;
  const parts: VmapiParts = {
    ...rest,
    store: records.store,
    jobs: new Jobs(),
    aliasesTaken: new Set(),
    locks: new Map(),
    log: opts.log.child({ component: 'vmapi' }),
  };
  await reconcile(parts);
  return {
    name: 'vmapi',
    server: VMAPI_SERVER,
    routes: vmapiRoutes(parts, records.feed),
    upgrade: (req, socket, head) => records.feed.upgrade(req, socket, head),
    async close() {
      records.feed.close();
    },
  };
}
