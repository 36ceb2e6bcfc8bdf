// NetworkPrune: POST /networks/prune.
import { matchesLabels, parseFilters } from '#src/api/filters.ts';
import { filterUntil } from '#src/api/until.ts';
import type { Reply, Req } from '#src/context.ts';
import { removeNetwork } from './delete.ts';
import { PREDEFINED } from './from-network.ts';
import { networksOf } from './lookup.ts';

/** Removes those that no container runs on; one that cannot be removed is left out of the answer, as in dockerd. */
export async function networkPrune(req: Req): Promise<Reply> {
  const filters = parseFilters(req.query.filters, ['label', 'label!', 'until']);
  const until = filterUntil(filters, Date.now());
  const due = (await networksOf(req)).filter(
    ({ resource, record }) =>
      record !== null &&
      !resource.ConfigOnly &&
      !PREDEFINED.includes(resource.Name) &&
      (until === null || Date.parse(record.created) <= until) &&
      matchesLabels(filters, resource.Labels),
  );
  const deleted: string[] = [];
  for (const network of due) {
    try {
      await removeNetwork(req, network);
      deleted.push(network.resource.Name);
    } catch (err) {
      req.log.debug({ err, network: network.resource.Name }, 'prune leaves a network');
    }
  }
  req.app.events.emit(req.account.uuid, 'network', 'prune', '', { reclaimed: '0' });
  return { status: 200, body: { NetworksDeleted: deleted.length > 0 ? deleted : null } };
}
