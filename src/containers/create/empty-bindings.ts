// A port with an empty list of bindings: dockerd publishes it at a port that it chooses, and says since API 1.52 that this will end.
import { byPort } from '#lib/docker-vm/ports.ts';
import type { ApiVersion } from '#src/api/version.ts';
import type { CreateRequest } from '#src/containers/types.ts';

const WARNED_SINCE: ApiVersion = 52;

/** One binding of every address where there is none, and the warning. Pure. */
export function withEmptyBindings(
  request: CreateRequest,
  version: ApiVersion,
): { request: CreateRequest; warnings: string[] } {
  const entries = Object.entries(request.hostConfig.PortBindings);
  const empty = entries
    .filter(([, hosts]) => (hosts ?? []).length === 0)
    .map(([name]) => name)
    .sort(byPort);
  if (empty.length === 0) return { request, warnings: [] };
  const PortBindings = Object.fromEntries(
    entries.map(([name, hosts]) => [name, empty.includes(name) ? [{ HostIp: '', HostPort: '' }] : hosts]),
  );
  const warning =
    `Following container port(s) have an empty list of port-bindings: ${empty.join(', ')}. ` +
    'Such bindings will be discarded in a future version.';
  return {
    request: { ...request, hostConfig: { ...request.hostConfig, PortBindings } },
    warnings: version < WARNED_SINCE ? [] : [warning],
  };
}
