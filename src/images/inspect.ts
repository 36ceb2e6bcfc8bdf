// ImageInspect: GET /images/:name/json.
import { isComposeV1 } from '#src/api/compose-v1.ts';
import { requirePlatform } from '#src/api/platform.ts';
import { queryBool } from '#src/api/query.ts';
import type { Reply, Req } from '#src/context.ts';
import { invalid } from '#src/errors.ts';
import { toInspect } from './from-image/inspect.ts';
import { resolveImage } from './lookup.ts';
import { decodePlatform } from './platform.ts';
import { named } from './references.ts';
import { inspectForVersion } from './versions.ts';

/** `manifests` is taken but adds nothing, as in a dockerd without the containerd image store. */
export async function imageInspect(req: Req): Promise<Reply> {
  const { app, account, query, version } = req;
  const name = req.params.name!;
  const platform = version >= 49 ? decodePlatform(query.platform) : null;
  if (platform !== null && version >= 48 && queryBool(query.manifests)) {
    throw invalid('conflicting options: manifests and platform options cannot both be set');
  }
  const image = resolveImage(app, account, name);
  requirePlatform(image, platform, name);
  const answer = toInspect(named(app, account, image));
  return {
    status: 200,
    body: inspectForVersion(answer, image, isComposeV1(req) ? COMPOSE_V1_READS : version),
  };
}

/** ContainerConfig went with 1.45. */
const COMPOSE_V1_READS = 44;
