// NetworkInspect: GET /networks/:id.
import type { Reply, Req } from '#src/context.ts';
import { networkForVersion, toEndpoints } from './from-network.ts';
import { existingVms, findNetwork } from './lookup.ts';
import { networkStatus } from './status.ts';

const STATUS_SINCE = 52;

/** With the containers of the account that run on it. */
export async function networkInspect(req: Req): Promise<Reply> {
  const found = await findNetwork(req, req.params.id!);
  const [vms, status] = await Promise.all([
    existingVms(req, 'running'),
    req.version >= STATUS_SINCE ? networkStatus(req, found) : null,
  ]);
  const Containers = toEndpoints(found.resource, vms);
  const Status = status === null ? {} : { Status: status };
  return { status: 200, body: networkForVersion({ ...found.resource, Containers, ...Status }, req.version) };
}
