// ContainerPrune: POST /containers/prune.
import type { Vm } from '#lib/wire/types.ts';
import type { Reply, Req } from '#src/context.ts';
import { invalid } from '#src/errors.ts';
import { dockerIdOf, labelsOf } from '#src/vm/metadata.ts';
import { isRunning } from '#src/vm/state.ts';
import { asDocker } from '#src/vm/triton-errors.ts';
import { removeContainer } from './delete.ts';
import { type Filters, filterLabels, parseFilters } from './filters.ts';
import { existing } from './lookup.ts';

/** Removes what does not run; one that cannot be removed is left out of the answer, as in dockerd. */
export async function containerPrune(req: Req): Promise<Reply> {
  const filters = parseFilters(req.query.filters, ['label', 'label!', 'until']);
  const until = parseUntil(filters, Date.now());
  const query = { predicate: existing(req.account, { ne: ['state', 'running'] }) };
  const vms = await asDocker(req.app.triton.vmapi.listVms(query, req.call), { ref: '' });
  const deleted: string[] = [];
  for (const vm of vms.filter((candidate) => isPrunable(candidate, filters, until))) {
    try {
      await removeContainer(req, vm, dockerIdOf(vm));
      deleted.push(dockerIdOf(vm));
    } catch (err) {
      req.log.warn({ err, vm: vm.uuid }, 'prune could not remove a container');
    }
  }
  req.app.events.emit(req.account.uuid, 'container', 'prune', '', { reclaimed: '0' });
  return { status: 200, body: { ContainersDeleted: deleted.length > 0 ? deleted : null, SpaceReclaimed: 0 } };
}

/** Pure. */
export function isPrunable(vm: Vm, filters: Filters, until: number | null): boolean {
  if (isRunning(vm) || vm.state === 'provisioning') return false;
  if (until !== null && Date.parse(vm.create_timestamp) > until) return false;
  const labels = labelsOf(vm);
  if (!filterLabels(filters, 'label', labels)) return false;
  const unwanted = filters.get('label!');
  return (
    !unwanted || ![...unwanted].some((value) => filterLabels(new Map([['l', new Set([value])]]), 'l', labels))
  );
}

const UNIT_MS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };

/** `until`: "24h", "1h30m", epoch seconds or an ISO date; ms since the epoch, or null. Throws DockerError invalid. */
export function parseUntil(filters: Filters, now: number): number | null {
  const values = [...(filters.get('until') ?? [])];
  if (values.length === 0) return null;
  if (values.length > 1) throw invalid('more than one until filter specified');
  const value = values[0]!;
  if (/^(\d+(\.\d+)?(ms|s|m|h))+$/.test(value)) {
    const parts = [...value.matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h)/g)];
    return now - parts.reduce((sum, part) => sum + Number(part[1]) * UNIT_MS[part[2]!]!, 0);
  }
  const time = /^\d+(\.\d+)?$/.test(value) ? Number(value) * 1000 : Date.parse(value);
  if (Number.isNaN(time))
    throw invalid(`failed to parse value as time or duration: ${JSON.stringify(value)}`);
  return time;
}
