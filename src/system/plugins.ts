// PluginList and PluginInspect: GET /plugins, GET /plugins/:name/json. This daemon has no plugins that a user can install.
import type { Reply, Req } from '#src/context.ts';
import { notFound } from '#src/errors.ts';

export async function pluginList(): Promise<Reply> {
  return { status: 200, body: [] };
}

/** `docker inspect x` asks it last; only a 404 lets it say "No such object". */
export async function pluginInspect(req: Req): Promise<Reply> {
  throw notFound(`plugin ${JSON.stringify(req.params.name)} not found`);
}
