// ContainerPrune: POST /containers/prune.
import type { Vm } from '#lib/wire/types.ts';
import { type Filters, matchesLabels, parseFilters } from '#src/api/filters.ts';
import { filterUntil } from '#src/api/until.ts';
import type { Reply, Req } from '#src/context.ts';
import { dockerIdOf, labelsOf } from '#src/vm/metadata.ts';
import { isRunning } from '#src/vm/state.ts';
import { asDocker } from '#src/vm/triton-errors.ts';
import { removeContainer } from './delete.ts';
import { existing } from './lookup.ts';
import { containerSizes } from './sizes.ts';

/** Removes what does not run; one that cannot be removed is left out of the answer, as in dockerd. */
export async function containerPrune(req: Req): Promise<Reply> {
  const filters = parseFilters(req.query.filters, ['label', 'label!', 'until']);
  const until = filterUntil(filters, Date.now());
  const query = { predicate: existing(req.account, { ne: ['state', 'running'] }) };
  const vms = await asDocker(req.app.triton.vmapi.listVms(query, req.call), { ref: '' });
  const due = vms.filter((candidate) => isPrunable(candidate, filters, until));
  const written = await bytesWritten(req, due);
  const deleted: string[] = [];
  let reclaimed = 0;
  for (const vm of due) {
    try {
      await removeContainer(req, vm, dockerIdOf(vm));
      deleted.push(dockerIdOf(vm));
      reclaimed += written(vm);
    } catch (err) {
      req.log.warn({ err, vm: vm.uuid }, 'prune could not remove a container');
    }
  }
  req.app.events.emit(req.account.uuid, 'container', 'prune', '', { reclaimed: String(reclaimed) });
  const ContainersDeleted = deleted.length > 0 ? deleted : null;
  return { status: 200, body: { ContainersDeleted, SpaceReclaimed: reclaimed } };
}

/** What is not known is 0: it must not keep anything from being removed. */
async function bytesWritten(req: Req, vms: Vm[]): Promise<(vm: Vm) => number> {
  try {
    const sizes = await containerSizes(req, vms);
    return (vm) => sizes(vm).SizeRw;
  } catch (err) {
    req.log.warn({ err }, 'the sizes of containers are not known');
    return () => 0;
  }
}

/** Pure. */
export function isPrunable(vm: Vm, filters: Filters, until: number | null): boolean {
  if (isRunning(vm) || vm.state === 'provisioning') return false;
  if (until !== null && Date.parse(vm.create_timestamp) > until) return false;
  return matchesLabels(filters, labelsOf(vm));
}
