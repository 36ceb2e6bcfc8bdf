// NetworkList: GET /networks.
import {
  type Filters,
  filterBool,
  filterExact,
  filterMatch,
  matchesLabels,
  parseFilters,
} from '#src/api/filters.ts';
import type { Reply, Req } from '#src/context.ts';
import { invalid } from '#src/errors.ts';
import { type NetworkResource, networkForVersion } from './from-network.ts';
import { networksOf } from './lookup.ts';

const ACCEPTED = ['dangling', 'driver', 'id', 'label', 'label!', 'name', 'scope', 'type'];
/** Networks that a user cannot make or remove; all of ours are for now. */
const BUILTIN = ['bridge', 'host', 'none'];

export async function networkList(req: Req): Promise<Reply> {
  const filters = parseFilters(req.query.filters, ACCEPTED);
  const test = networkTest(filters);
  const networks = (await networksOf(req)).filter(test);
  return { status: 200, body: networks.map((network) => networkForVersion(network, req.version)) };
}

/** The test for one request (moby daemon/network/filter.go). Pure. Throws DockerError invalid. */
export function networkTest(filters: Filters): (network: NetworkResource) => boolean {
  const type = filters.get('type');
  for (const value of type ?? []) {
    if (value !== 'custom' && value !== 'builtin') throw invalid(`invalid filter: 'type'='${value}'`);
  }
  // A network in use is not dangling; ours are built in, and those never are.
  const dangling = filters.has('dangling') && filterBool(filters, 'dangling', false);
  return (network) =>
    !dangling &&
    filterMatch(filters, 'name', network.Name) &&
    idBegins(filters, network.Id) &&
    filterExact(filters, 'driver', network.Driver) &&
    filterExact(filters, 'scope', network.Scope) &&
    matchesLabels(filters, network.Labels) &&
    (type === undefined || type.has(BUILTIN.includes(network.Name) ? 'builtin' : 'custom'));
}

function idBegins(filters: Filters, id: string): boolean {
  const values = filters.get('id');
  return values === undefined || values.size === 0 || [...values].some((value) => id.includes(value));
}
