// ContainerList: GET /containers/json.

import { parseFilters } from '#src/api/filters.ts';
import { queryBool, queryInt } from '#src/api/query.ts';
import type { Reply, Req } from '#src/context.ts';
import { findImage } from '#src/images/lookup.ts';
import { asDocker } from '#src/vm/triton-errors.ts';
import { type ContainerSummary, toSummary } from './from-vm/summary.ts';
import { linkNames } from './links/show-links.ts';
import { LIST_FILTERS, selectContainers } from './list-select.ts';
import { existing } from './lookup.ts';
import { type ContainerSize, containerSizes } from './sizes.ts';
import { summaryForVersion } from './versions.ts';

/** One VMAPI call; everything else is selection in memory. */
export async function containerList(req: Req): Promise<Reply> {
  const filters = parseFilters(req.query.filters, LIST_FILTERS);
  const wanted = { all: queryBool(req.query.all), limit: queryInt(req.query.limit) ?? 0, filters };
  const query = { predicate: existing(req.account) };
  const vms = await asDocker(req.app.triton.vmapi.listVms(query, req.call), { ref: '' });
  const images = imageIds(req);
  const { health } = req.app;
  const selected = selectContainers(vms, wanted, {
    imageId: images,
    parentOf: (id) => req.app.store.images.get(req.account.uuid, id)?.parent ?? '',
    health: (vm) => health.summary(vm)?.Status ?? 'none',
  });
  const sizeOf = queryBool(req.query.size) ? await containerSizes(req, selected) : null;
  const now = Date.now();
  const linked = linkNames(vms);
  const body = selected.map((vm) => {
    const summary = withCurrentImage(toSummary(vm, now, health.summary(vm)), images);
    summary.Names.push(...(linked.get(vm.uuid) ?? []));
    if (sizeOf !== null) Object.assign(summary, withoutZeros(sizeOf(vm)));
    return summaryForVersion(summary, req.version);
  });
  return { status: 200, body };
}

/** The id that an image reference means now, or null; each reference is looked up once. */
function imageIds(req: Req): (ref: string) => string | null {
  const known = new Map<string, string | null>();
  return (ref) => {
    let id = known.get(ref);
    if (id === undefined) {
      id = lookUpImage(req, ref);
      known.set(ref, id);
    }
    return id;
  };
}

function lookUpImage(req: Req, ref: string): string | null {
  try {
    return findImage(req.app, req.account, ref)?.config_digest ?? null;
  } catch {
    // An ancestor filter may hold any text.
    return null;
  }
}

/** A name that means another image by now is replaced by the id of the one that the container was made from. */
function withCurrentImage(
  summary: ContainerSummary,
  images: (ref: string) => string | null,
): ContainerSummary {
  if (summary.ImageID === '' || summary.Image === summary.ImageID) return summary;
  return images(summary.Image) === summary.ImageID ? summary : { ...summary, Image: summary.ImageID };
}

/** A size of 0 is left out here, though not in inspect. */
function withoutZeros(sizes: ContainerSize): Partial<ContainerSize> {
  return Object.fromEntries(Object.entries(sizes).filter(([, size]) => size !== 0));
}
