// At CoaL's start: records, compute node and addresses may disagree after a kill -9; the node's own disk is the truth.
//
//   on the node │ in the record          │ what is done
//   ────────────┼────────────────────────┼──────────────────────────────────────────────
//   yes         │ stopped, running       │ the record takes over state and exit
//   yes         │ provisioning           │ a create that nobody was told of: destroyed
//   yes         │ destroyed, failed      │ a destroy that was cut off: finished
//   yes         │ none (database lost)   │ the record is made from the node's
//   other nics  │ stopped, running       │ the node is told those of the record: a change of nics was cut off
//   no          │ provisioning           │ failed
//   no          │ stopped, running       │ destroyed
import { isDeepStrictEqual } from 'node:util';
import type Logger from 'bunyan';
import { endpointKey } from '#lib/docker-vm/endpoints.ts';
import type { Vm } from '#lib/wire/types.ts';
import { markDestroyed } from './destroy.ts';
import type { VmapiParts } from './parts.ts';
import { removeReferences } from './vm-volumes.ts';

/** Resolves when all three agree again. Call it when the agent has recovered and before VMAPI serves. */
export async function reconcile(parts: VmapiParts): Promise<void> {
  const { store, tasks, log } = parts;
  const onNode = new Map(tasks.agent.listVms().map((vm) => [vm.uuid, vm]));
  for (const vm of onNode.values()) await takeUp(parts, vm);
  for (const vm of [...store.all()]) {
    if (onNode.has(vm.uuid) || vm.state === 'destroyed' || vm.state === 'failed') continue;
    log.warn({ vm: vm.uuid, state: vm.state }, 'a VM is not on the compute node');
    if (vm.state === 'provisioning') store.patch(vm.uuid, { state: 'failed', zone_state: 'failed' });
    else markDestroyed(parts, vm.uuid);
  }
  for (const holder of parts.nicHolders()) {
    const vm = store.get(holder);
    if (vm !== undefined && vm.state !== 'destroyed' && vm.state !== 'failed') {
      releaseUnknown(parts, vm);
      continue;
    }
    log.info({ vm: holder }, 'giving back the addresses of a VM that is gone');
    parts.releaseNics(holder);
  }
  await settleVolumes(parts);
}

/** Volumes of VMs that are gone are free again; those of VMs that came are theirs for good. */
async function settleVolumes(parts: VmapiParts): Promise<void> {
  const { store, log } = parts;
  for (const holder of parts.volumes.holders()) {
    const vm = store.get(holder);
    if (vm !== undefined && vm.state !== 'destroyed' && vm.state !== 'failed') {
      parts.volumes.settle(holder);
      continue;
    }
    log.info({ vm: holder }, 'giving back the volumes of a VM that is gone');
    await removeReferences(parts, { reqId: 'reconcile', log }, holder);
  }
}

async function takeUp(parts: VmapiParts, onNode: Vm): Promise<void> {
  const { store, log } = parts;
  const record = store.get(onNode.uuid);
  if (record === undefined) {
    log.warn({ vm: onNode.uuid }, 'a VM of the compute node has no record: made again');
    store.put(onNode);
    return;
  }
  if (record.state === 'stopped' || record.state === 'running') {
    const vm = withRunOf(record, onNode);
    if (isDeepStrictEqual(vm.nics, onNode.nics)) store.put(vm);
    else await sendNics(parts, withPlacesOf(record, vm));
    return;
  }
  await destroyCutOff(parts, onNode.uuid, log);
  if (record.state === 'provisioning') store.patch(onNode.uuid, { state: 'failed', zone_state: 'failed' });
}

/** What is known of the nics goes with the nics. */
function withPlacesOf(record: Vm, vm: Vm): Vm {
  const isPlace = ([key]: [string, unknown]): boolean => key.startsWith(endpointKey(''));
  const others = Object.entries(vm.internal_metadata).filter((entry) => !isPlace(entry));
  const places = Object.entries(record.internal_metadata).filter(isPlace);
  return { ...vm, internal_metadata: Object.fromEntries([...others, ...places]) };
}

async function sendNics({ store, tasks, log }: VmapiParts, vm: Vm): Promise<void> {
  store.put(vm);
  log.info({ vm: vm.uuid }, 'putting back the nics of a VM: a change of them was cut off');
  try {
    await tasks.run('machine_update', { vm }, { reqId: 'reconcile', log });
  } catch (err) {
    log.error({ err, vm: vm.uuid }, 'the nics of a VM could not be put back');
  }
}

/** Addresses that were given out for a change of nics that was cut off. */
function releaseUnknown({ nicsOf, removeNics, log }: VmapiParts, vm: Vm): void {
  const known = new Set(vm.nics.map(({ mac }) => mac));
  const unknown = nicsOf(vm.uuid).filter(({ mac }) => !known.has(mac));
  if (unknown.length === 0) return;
  log.info({ vm: vm.uuid, nics: unknown }, 'giving back addresses that a VM did not get');
  removeNics(
    vm.uuid,
    unknown.map(({ mac }) => mac),
  );
}

async function destroyCutOff(parts: VmapiParts, uuid: string, log: Logger): Promise<void> {
  log.info({ vm: uuid }, 'removing a VM whose create or destroy was cut off');
  await parts.tasks.run('machine_destroy', { uuid }, { reqId: 'reconcile', log });
}

const RUN_FIELDS = ['state', 'zone_state', 'pid', 'boot_timestamp', 'exit_status', 'exit_timestamp'];

/** The record with the run as the node tells it. Its metadata there is the last that was sent, with the run's own keys. */
function withRunOf(record: Vm, onNode: Vm): Vm {
  const out: Vm = { ...record, internal_metadata: onNode.internal_metadata };
  for (const key of RUN_FIELDS) {
    if (onNode[key] === undefined) delete out[key];
    else out[key] = onNode[key];
  }
  return out;
}
