// POST /vms/:uuid?action=add_nics and remove_nics: addresses by NAPI, wires by the agent, also while the VM runs.
import { TritonError } from '#lib/wire/errors.ts';
import type { Vm, VmNetworkRequest, VmNic } from '#lib/wire/types.ts';
import type { CoalReply, CoalRequest } from '../types.ts';
import { invalid, missing, validationFailed } from '../validation.ts';
import { readNetworks } from './create-payload.ts';
import type { JobStep } from './jobs.ts';
import { lockOf, runJob, type VmapiParts } from './parts.ts';
import { applyUpdate, checkUpdate } from './update.ts';

/**
 * AddNics, body {networks}: as at create. Ours, here and in remove_nics: the body may change internal_metadata in the same step, as an
 * update does. Throws TritonError ValidationFailed.
 */
export async function addNics(parts: VmapiParts, req: CoalRequest, vm: Vm): Promise<CoalReply> {
  const errors = req.body.networks === undefined ? [missing('networks')] : [];
  const wanted = readNetworks(req.body.networks, errors);
  if (errors.length === 0 && wanted.length === 0) errors.push(invalid('networks'));
  if (errors.length > 0) throw validationFailed(errors, 'Invalid NICs parameters');
  checkUpdate(parts, vm, metadataOf(req));
  const made: VmNic[] = [];
  const macs = (): string[] => made.map(({ mac }) => mac);
  const steps: JobStep[] = [
    {
      name: 'napi.add_nics',
      run() {
        made.push(...allocate(parts, vm, wanted));
        return 'NICs allocated';
      },
      undo: () => parts.removeNics(vm.uuid, macs()),
    },
    changeStep(parts, req, vm, (nics) => [...nics, ...made]),
  ];
  return runJob(parts, req, vm, { task: 'add-nics', steps });
}

/**
 * RemoveNics, body {macs}: all of them must be the VM's. Ours: with `idle`, only from a VM that neither runs nor is about to. Throws
 * TritonError ValidationFailed, VmNotStopped.
 */
export async function removeNics(parts: VmapiParts, req: CoalRequest, vm: Vm): Promise<CoalReply> {
  const { macs } = req.body;
  if (macs === undefined) throw validationFailed([missing('macs')], 'Invalid NICs parameters');
  const own = vm.nics.map(({ mac }) => mac);
  if (!isMacs(macs) || macs.length === 0 || !macs.every((mac) => own.includes(mac)))
    throw validationFailed([invalid('macs', 'MAC addresses are not of this VM')], 'Invalid NICs parameters');
  checkUpdate(parts, vm, metadataOf(req));
  const steps: JobStep[] = [
    changeStep(
      parts,
      req,
      vm,
      (nics) => withPrimary(nics.filter(({ mac }) => !macs.includes(mac))),
      req.body.idle === true,
    ),
    {
      name: 'napi.remove_nics',
      run() {
        parts.removeNics(vm.uuid, macs);
        return 'NICs removed';
      },
    },
  ];
  return runJob(parts, req, vm, { task: 'remove-nics', steps });
}

/** NAPI's 404 for a network is VMAPI's 422 (recorded: create-bad-net). */
export function translated<T>(networks: VmNetworkRequest[], ask: () => T): T {
  try {
    return ask();
  } catch (err) {
    if (!(err instanceof TritonError) || err.restCode !== 'ResourceNotFound') throw err;
    const names = networks.map((network) => JSON.stringify(network.uuid)).join(', ');
    const message = `No such Network or Pool with id/name: ${names}`;
    throw new TritonError('UnprocessableEntityError', 422, message, [], err);
  }
}

function allocate(parts: VmapiParts, vm: Vm, wanted: VmNetworkRequest[]): VmNic[] {
  // It may be gone since the request came in: then nobody would give the addresses back.
  const { owner_uuid } = present(parts, vm.uuid);
  if (owner_uuid === null) throw new TritonError('InternalError', 500, 'a VM without an owner');
  return translated(wanted, () => parts.addNics({ uuid: vm.uuid, owner_uuid }, wanted));
}

/**
 * First on the compute node, then in the record: killed in between, reconcile finds that the two disagree, and the record is right.
 */
function changeStep(
  parts: VmapiParts,
  req: CoalRequest,
  { uuid }: Vm,
  change: (nics: VmNic[]) => VmNic[],
  idle = false,
): JobStep {
  return {
    name: 'cnapi.update_vm',
    run: () =>
      lockOf(parts, uuid).run(async () => {
        const changed = (vm: Vm): Vm => ({
          ...applyUpdate(parts, vm, metadataOf(req)),
          nics: change(vm.nics),
        });
        await parts.tasks.run('machine_update', { vm: changed(present(parts, uuid)), idle }, req);
        // Read again: the agent may have told of a change of its own meanwhile.
        parts.store.put(changed(present(parts, uuid)));
        return 'VM updated';
      }),
  };
}

function metadataOf({ body }: CoalRequest): Record<string, unknown> {
  const { set_internal_metadata, remove_internal_metadata } = body;
  return { set_internal_metadata, remove_internal_metadata };
}

function present(parts: VmapiParts, uuid: string): Vm {
  const vm = parts.store.get(uuid);
  if (!vm || vm.state === 'destroyed' || vm.state === 'failed')
    throw new TritonError('ResourceNotFound', 404, 'VM not found');
  return vm;
}

/** As NAPI does it: when the primary one goes, the first that is left becomes it. */
function withPrimary(nics: VmNic[]): VmNic[] {
  if (nics.some((nic) => nic.primary)) return nics;
  return nics.map((nic, at) => ({ ...nic, primary: at === 0 }));
}

export function isMacs(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((mac) => typeof mac === 'string');
}
