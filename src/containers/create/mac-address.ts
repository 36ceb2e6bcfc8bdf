// The MAC addresses of a create request, which API versions say in different places.
import type { ApiVersion } from '#src/api/version.ts';
import type { CreateRequest } from '#src/containers/types.ts';
import { invalid } from '#src/errors.ts';
import { hasOwnAddress } from './published-ports.ts';

const DEPRECATED =
  'The container-wide MacAddress field is now deprecated. It should be specified in EndpointsConfig instead.';

/**
 * The container-wide address as the one of the network mode's endpoint, which is where 1.44 and later have it; before, an endpoint's own
 * was left out, and since 1.52 the container-wide one is refused. Runs after the defaults. Throws DockerError invalid. Pure.
 */
export function placeMacAddress(
  request: CreateRequest,
  version: ApiVersion,
): { request: CreateRequest; warnings: string[] } {
  const { macAddress, hostConfig } = request;
  const endpoints = version < 44 ? withoutOwn(request.endpoints) : request.endpoints;
  if (macAddress === '') return { request: { ...request, endpoints }, warnings: [] };
  if (version >= 52)
    throw invalid(
      'container-wide MAC address no longer supported; use endpoint-specific MAC address instead',
    );
  const warnings = version < 44 ? [] : [DEPRECATED];
  const mode = hostConfig.NetworkMode;
  if (!hasOwnAddress(mode)) {
    if (version < 44) throw invalid('conflicting options: mac-address and the network mode');
    return { request, warnings };
  }
  const own = endpoints[mode]?.MacAddress;
  if (own && own !== macAddress)
    throw invalid(
      'the container-wide MAC address must match the endpoint-specific MAC address for the main network, or be left empty',
    );
  const placed = { ...endpoints, [mode]: { ...endpoints[mode], MacAddress: macAddress } };
  return { request: { ...request, endpoints: placed }, warnings };
}

function withoutOwn(endpoints: CreateRequest['endpoints']): CreateRequest['endpoints'] {
  return Object.fromEntries(
    Object.entries(endpoints).map(([name, endpoint]) => [name, endpoint && { ...endpoint, MacAddress: '' }]),
  );
}
