// NetworkInspect: GET /networks/:id.
import type { Reply, Req } from '#src/context.ts';
import { networkForVersion, toEndpoints } from './from-network.ts';
import { existingVms, findNetwork } from './lookup.ts';

/** With the containers of the account that run on it. */
export async function networkInspect(req: Req): Promise<Reply> {
  const network = await findNetwork(req, req.params.id!);
  const Containers = toEndpoints(network, await existingVms(req));
  return { status: 200, body: networkForVersion({ ...network, Containers }, req.version) };
}
