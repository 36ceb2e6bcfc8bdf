// VolumePrune: POST /volumes/prune.
import { ANONYMOUS_LABEL } from '#lib/docker-vm/volumes.ts';
import type { Volume } from '#lib/wire/types.ts';
import { type Filters, filterBool, matchesLabels, parseFilters } from '#src/api/filters.ts';
import type { ApiVersion } from '#src/api/version.ts';
import type { Reply, Req } from '#src/context.ts';
import { removeVolume } from './delete.ts';
import { isDangling } from './list.ts';
import { volumesWithUsage } from './lookup.ts';

/** From here on only anonymous volumes go, unless all are asked for. */
const ANONYMOUS_ONLY = 42;

/** Removes what no container uses; one that cannot be removed is left out of the answer, as in dockerd. */
export async function volumePrune(req: Req): Promise<Reply> {
  const accepted = ['label', 'label!', ...(req.version >= ANONYMOUS_ONLY ? ['all'] : [])];
  const filters = parseFilters(req.query.filters, accepted);
  const test = pruneTest(filters, req.version);
  const deleted: string[] = [];
  let reclaimed = 0;
  for (const volume of (await volumesWithUsage(req)).filter(test)) {
    try {
      await removeVolume(req, volume);
      deleted.push(volume.name);
      reclaimed += volume.used ?? 0;
    } catch (err) {
      req.log.warn({ err, volume: volume.uuid }, 'prune could not remove a volume');
    }
  }
  req.app.events.emit(req.account.uuid, 'volume', 'prune', '', { reclaimed: String(reclaimed) });
  return { status: 200, body: { VolumesDeleted: deleted, SpaceReclaimed: reclaimed } };
}

/** Pure. Throws DockerError invalid. */
export function pruneTest(filters: Filters, version: ApiVersion): (volume: Volume) => boolean {
  const all = version < ANONYMOUS_ONLY || filterBool(filters, 'all', false);
  return (volume) =>
    isDangling(volume) &&
    (all || Object.hasOwn(volume.labels ?? {}, ANONYMOUS_LABEL)) &&
    matchesLabels(filters, volume.labels ?? {});
}
