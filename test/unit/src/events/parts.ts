// A hub on a store in memory, with a changefeed that the test plays and a VMAPI that lists what the test says.
import bunyan from 'bunyan';
import { openStore } from '#lib/store/sqlite-store.ts';
import type { Store } from '#lib/store/types.ts';
import type { VmapiClient, VmChangefeed } from '#lib/triton/types.ts';
import { TritonError } from '#lib/wire/errors.ts';
import type { Vm } from '#lib/wire/types.ts';
import { createEventHub } from '#src/events/create-hub.ts';

type Item = Parameters<Parameters<VmChangefeed['subscribe']>[0]>[0];

export class Stage {
  readonly store: Store;
  readonly hub: ReturnType<typeof createEventHub>;
  /** What VMAPI has, destroyed ones too. */
  vms: Vm[] = [];
  /** Runs while VMAPI prepares the list. */
  whileListing: () => void = () => undefined;
  /** So many listings fail. */
  failures = 0;
  #onItem: (item: Item) => void = () => undefined;

  constructor(store = openStore(':memory:')) {
    this.store = store;
    const vmapi = {
      listVms: async (query: { predicate?: unknown }) => {
        if (this.failures-- > 0) throw new TritonError('ServiceUnavailable', 503, 'down');
        // Only those that are gone are asked for by a predicate.
        const gone = query.predicate !== undefined;
        const list = this.vms.filter((vm) => (vm.state === 'destroyed') === gone);
        if (gone) return list;
        this.whileListing();
        return list;
      },
      getVm: async (uuid: string) => {
        const vm = this.vms.find((one) => one.uuid === uuid);
        if (!vm) throw new TritonError('ResourceNotFound', 404, 'VM not found');
        return vm;
      },
    } as unknown as VmapiClient;
    const changefeed: VmChangefeed = {
      subscribe: (onItem) => {
        this.#onItem = onItem;
      },
      connected: true,
      close: async () => undefined,
    };
    const log = bunyan.createLogger({ name: 'test', level: bunyan.FATAL + 1 });
    this.hub = createEventHub({ store, vmapi, changefeed, log });
  }

  connect(): void {
    this.#onItem({ kind: 'bootstrap' });
  }

  change(vm: Vm): void {
    const changeKind = { resource: 'vm' as const, subResources: ['state'] };
    const item = { changeKind, changedResourceId: vm.uuid, resourceObject: vm, published: '0' };
    this.#onItem({ kind: 'change', item });
  }

  /** The actions kept for an account so far. */
  told(account: string): string[] {
    return this.hub.replay(account, null, null).map((event) => event.Action);
  }
}
