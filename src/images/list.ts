// ImageList: GET /images/json.

import { parseFilters } from '#src/api/filters.ts';
import { queryBool } from '#src/api/query.ts';
import type { Reply, Req } from '#src/context.ts';
import { invalid } from '#src/errors.ts';
import { asDocker } from '#src/vm/triton-errors.ts';
import { toSummary } from './from-image/summary.ts';
import { LIST_FILTERS, selectImages } from './list-select.ts';
import { resolveImage } from './lookup.ts';
import { namedImages } from './references.ts';
import { sharedSizes } from './shared-sizes.ts';
import { imageUsers } from './usage.ts';
import { summaryForVersion } from './versions.ts';

/** All from the records, but the number of containers, which 1.51 added, and what images share, when that is asked for. */
export async function imageList(req: Req): Promise<Reply> {
  const { app, account, query, version } = req;
  const filters = new Map(parseFilters(query.filters, LIST_FILTERS));
  // Before `filters`, a single pattern had its own parameter.
  if (version < 41 && query.filter && !filters.has('reference')) {
    filters.set('reference', new Set([query.filter]));
  }
  if (version >= 54 && queryBool(query.identity) && !queryBool(query.manifests)) {
    throw invalid('conflicting options: identity requires manifests=1');
  }
  const options = { all: queryBool(query.all), filters, now: Date.now() };
  const selected = selectImages(namedImages(app, account), options, (ref) => resolveImage(app, account, ref));
  const users = version >= 51 && selected.length > 0 ? await imageUsers(req) : null;
  const isShared = version >= 42 && queryBool(query['shared-size']);
  const records = selected.map(({ image }) => image);
  const shared = isShared
    ? await asDocker(sharedSizes(app.triton.imgapi, records, req.call), { ref: '' })
    : null;
  const body = selected.map((image) => {
    const { config_digest: id } = image.image;
    const containers = users?.get(id)?.length ?? 0;
    return summaryForVersion(toSummary(image, containers, shared?.get(id)), version);
  });
  return { status: 200, body };
}
