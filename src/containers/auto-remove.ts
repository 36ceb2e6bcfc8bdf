// Removes --rm containers when they have stopped, also those that stopped while this daemon was down.
import type Logger from 'bunyan';
import { MD } from '#lib/docker-vm/metadata.ts';
import type { VmapiClient, VmChangefeed } from '#lib/triton/types.ts';
import type { Vm } from '#lib/wire/types.ts';

/**
 * True for a VM that shall go: stopped after a run (or a failed start), and not in the middle of a restart. One that was created
 * and never started stays. Pure.
 */
export function isDueForRemoval(vm: Vm): boolean {
  const md = vm.internal_metadata;
  return (
    vm.docker === true &&
    vm.state === 'stopped' &&
    md[MD.autoRemove] === true &&
    md[MD.restarting] !== true &&
    vm.exit_status !== undefined
  );
}

export interface AutoRemoveParts {
  vmapi: VmapiClient;
  changefeed: VmChangefeed;
  log: Logger;
}

/** Listens to the changefeed from now on; every (re)connection looks at all VMs once. Call before the changefeed connects. */
export function startAutoRemove({ vmapi, changefeed, log }: AutoRemoveParts): void {
  const underWay = new Set<string>();
  const remove = async (vm: Vm): Promise<void> => {
    if (underWay.has(vm.uuid) || !isDueForRemoval(vm) || vm.owner_uuid === null) return;
    underWay.add(vm.uuid);
    try {
      const opts = { owner_uuid: vm.owner_uuid, remove_volumes: true };
      await vmapi.deleteVm(vm.uuid, opts, { reqId: `auto-remove-${vm.uuid}` });
    } catch (err) {
      log.error({ err, vm: vm.uuid }, 'a --rm container could not be removed');
    } finally {
      underWay.delete(vm.uuid);
    }
  };
  const sweep = async (): Promise<void> => {
    const query = { docker: true, state: 'stopped' };
    const vms = await vmapi.listVms(query, { reqId: 'auto-remove-sweep' });
    await Promise.all(vms.map(remove));
  };
  changefeed.subscribe((item) => {
    if (item.kind === 'change') remove(item.item.resourceObject);
    else sweep().catch((err: unknown) => log.error({ err }, 'the sweep for --rm containers failed'));
  });
}
