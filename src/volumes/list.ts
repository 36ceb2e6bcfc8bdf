// VolumeList: GET /volumes.
import type { Volume } from '#lib/wire/types.ts';
import {
  type Filters,
  filterBool,
  filterExact,
  filterMatch,
  matchesLabels,
  parseFilters,
} from '#src/api/filters.ts';
import type { Reply, Req } from '#src/context.ts';
import { toVolume } from './from-volume.ts';
import { volumesOf } from './lookup.ts';

const ACCEPTED = ['dangling', 'driver', 'label', 'name'];

export async function volumeList(req: Req): Promise<Reply> {
  const test = volumeTest(parseFilters(req.query.filters, ACCEPTED));
  const volumes = (await volumesOf(req)).filter(test);
  return { status: 200, body: { Volumes: volumes.map(toVolume), Warnings: null } };
}

/** The test for one request. Pure. Throws DockerError invalid. */
export function volumeTest(filters: Filters): (volume: Volume) => boolean {
  const dangling = filters.has('dangling') ? filterBool(filters, 'dangling', false) : null;
  return (volume) =>
    filterMatch(filters, 'name', volume.name) &&
    filterExact(filters, 'driver', volume.type) &&
    matchesLabels(filters, volume.labels ?? {}) &&
    (dangling === null || dangling === isDangling(volume));
}

/** No container uses it. Pure. */
export function isDangling({ refs }: Volume): boolean {
  return refs === undefined || refs.length === 0;
}
