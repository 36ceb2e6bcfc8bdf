// Every difference of the container answers between API versions, as edits of the newest answer.
import { shortId } from '#lib/docker-vm/ids.ts';
import type { ApiVersion } from '#src/api/version.ts';
import type { InspectResponse } from './from-vm/inspect.ts';
import type { ContainerSummary } from './from-vm/summary.ts';
import type { EndpointSettings } from './types.ts';

type Json = Record<string, unknown>;

/** Adds what older clients of GET /containers/:id/json look for; `askedMac` is what was asked on the main network. Pure. */
export function inspectForVersion(newest: InspectResponse, version: ApiVersion, askedMac: string): Json {
  const networks = Object.entries(newest.NetworkSettings.Networks).map(([name, endpoint]) => [
    name,
    endpointForVersion(name, endpoint, newest, version),
  ]);
  const networkSettings: Json = { ...newest.NetworkSettings, Networks: Object.fromEntries(networks) };
  const answer: Json = { ...newest, NetworkSettings: networkSettings };
  if (version >= 52) return answer;
  answer.NetworkSettings = { ...topLevelNetwork(newest), ...networkSettings };
  if (askedMac !== '') answer.Config = { ...newest.Config, MacAddress: askedMac };
  return answer;
}

/** Takes away what older versions of GET /containers/json did not have. Pure. */
export function summaryForVersion(newest: ContainerSummary, version: ApiVersion): ContainerSummary {
  const answer = { ...newest };
  if (version < 52) delete answer.Health;
  if (version < 46) answer.HostConfig = { NetworkMode: newest.HostConfig.NetworkMode };
  return answer;
}

// 1.45: Aliases without the short id, DNSNames added (1.44); 1.48: GwPriority added.
function endpointForVersion(
  name: string,
  endpoint: EndpointSettings,
  container: InspectResponse,
  version: ApiVersion,
): Json {
  const answer: Json = { ...endpoint };
  if (version < 45 && !['bridge', 'none', 'host'].includes(name)) {
    const names = [...(endpoint.Aliases ?? []), shortId(container.Id), container.Config.Hostname];
    answer.Aliases = [...new Set(names)];
  }
  if (version < 44) delete answer.DNSNames;
  if (version < 48) delete answer.GwPriority;
  return answer;
}

// Until 1.52 the default bridge's endpoint stood again on top, beside fields that had been empty for years.
function topLevelNetwork(container: InspectResponse): Json {
  const bridge = container.NetworkSettings.Networks.bridge;
  return {
    Bridge: '',
    HairpinMode: false,
    LinkLocalIPv6Address: '',
    LinkLocalIPv6PrefixLen: 0,
    SecondaryIPAddresses: null,
    SecondaryIPv6Addresses: null,
    EndpointID: bridge?.EndpointID ?? '',
    Gateway: bridge?.Gateway ?? '',
    GlobalIPv6Address: bridge?.GlobalIPv6Address ?? '',
    GlobalIPv6PrefixLen: bridge?.GlobalIPv6PrefixLen ?? 0,
    IPAddress: bridge?.IPAddress ?? '',
    IPPrefixLen: bridge?.IPPrefixLen ?? 0,
    IPv6Gateway: bridge?.IPv6Gateway ?? '',
    MacAddress: bridge?.MacAddress ?? '',
  };
}
