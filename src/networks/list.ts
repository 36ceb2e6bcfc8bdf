// NetworkList: GET /networks.
import { type Filters, filterExact, filterMatch, matchesLabels, parseFilters } from '#src/api/filters.ts';
import type { Reply, Req } from '#src/context.ts';
import { invalid } from '#src/errors.ts';
import { type NetworkResource, networkForVersion, PREDEFINED, toEndpoints } from './from-network.ts';
import { existingVms, networksOf } from './lookup.ts';

const ACCEPTED = ['dangling', 'driver', 'id', 'label', 'label!', 'name', 'scope', 'type'];

export async function networkList(req: Req): Promise<Reply> {
  const filters = parseFilters(req.query.filters, ACCEPTED);
  const test = networkTest(filters);
  const dangling = danglingFilter(filters);
  let networks = (await networksOf(req)).map(({ resource }) => resource).filter(test);
  if (dangling !== null) {
    const vms = await existingVms(req, 'running');
    const inUse = (network: NetworkResource) => Object.keys(toEndpoints(network, vms)).length > 0;
    networks = networks.filter((network) => isDangling(network, inUse(network)) === dangling);
  }
  return { status: 200, body: networks.map((network) => networkForVersion(network, req.version)) };
}

/** No container runs on it, and it is not one of those that are always there. Pure. */
export function isDangling({ Name }: NetworkResource, inUse: boolean): boolean {
  return !inUse && !PREDEFINED.includes(Name);
}

/** The test for one request (moby daemon/network/filter.go), but for use. Pure. Throws DockerError invalid. */
export function networkTest(filters: Filters): (network: NetworkResource) => boolean {
  const type = filters.get('type');
  for (const value of type ?? []) {
    if (value !== 'custom' && value !== 'builtin') throw invalid(`invalid filter: 'type'='${value}'`);
  }
  return (network) =>
    filterMatch(filters, 'name', network.Name) &&
    idMatches(filters, network.Id) &&
    filterExact(filters, 'driver', network.Driver) &&
    filterExact(filters, 'scope', network.Scope) &&
    matchesLabels(filters, network.Labels) &&
    (type === undefined || type.has(PREDEFINED.includes(network.Name) ? 'builtin' : 'custom'));
}

/** null = no such filter. Throws DockerError invalid. */
function danglingFilter(filters: Filters): boolean | null {
  const values = [...(filters.get('dangling') ?? [])];
  if (values.length === 0) return null;
  if (values.length > 1) throw invalid('got more than one value for filter key "dangling"');
  if (['1', 'true'].includes(values[0]!)) return true;
  if (['0', 'false'].includes(values[0]!)) return false;
  throw invalid(`invalid value for filter 'dangling', must be "true" (or "1"), or "false" (or "0")`);
}

function idMatches(filters: Filters, id: string): boolean {
  const values = filters.get('id');
  return values === undefined || values.size === 0 || [...values].some((value) => id.includes(value));
}
