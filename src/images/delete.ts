// ImageDelete: DELETE /images/:name.

import { requirePlatform } from '#src/api/platform.ts';
import { queryBool } from '#src/api/query.ts';
import type { Reply, Req } from '#src/context.ts';
import { invalid } from '#src/errors.ts';
import { resolveImage } from './lookup.ts';
import { decodePlatform } from './platform.ts';
import { removeImage } from './remove-image.ts';
import { imageUsers } from './usage.ts';

export async function imageDelete(req: Req): Promise<Reply> {
  const name = req.params.name!;
  if (name.trim() === '') throw invalid('image name cannot be blank');
  const platforms = req.version >= 50 ? req.queryAll.getAll('platforms').map(decodePlatform) : [];
  if (platforms.length > 1) throw invalid('multiple platforms are not supported');
  requirePlatform(resolveImage(req.app, req.account, name), platforms[0] ?? null, name);
  const options = { force: queryBool(req.query.force), prune: !queryBool(req.query.noprune) };
  const { records } = await removeImage(req, name, options, await imageUsers(req));
  return { status: 200, body: records };
}
