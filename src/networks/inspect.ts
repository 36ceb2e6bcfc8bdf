// NetworkInspect: GET /networks/:id.
import type { Reply, Req } from '#src/context.ts';
import { networkForVersion, toEndpoints } from './from-network.ts';
import { existingVms, findNetwork } from './lookup.ts';

/** With the containers of the account that run on it. */
export async function networkInspect(req: Req): Promise<Reply> {
  const { resource } = await findNetwork(req, req.params.id!);
  const Containers = toEndpoints(resource, await existingVms(req, 'running'));
  return { status: 200, body: networkForVersion({ ...resource, Containers }, req.version) };
}
