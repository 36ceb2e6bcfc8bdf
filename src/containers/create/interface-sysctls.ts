// `--sysctl net.ipv4.conf.eth0.…`: which interface that is, is known to its network only. From API 1.48 on it must be said there.
import { SYSCTLS_OPTION } from '#lib/docker-vm/endpoint-options.ts';
import type { ApiVersion } from '#src/api/version.ts';
import type { CreateRequest } from '#src/containers/types.ts';
import { internal, invalid } from '#src/errors.ts';

const INTERFACE_SYSCTL = /^net\.([^.]*)\.([^.]*)\.(eth[^.]*)\.(.*)$/s;

/** For older versions those of eth0 become a driver option of the container's own network, as in dockerd. Pure. Throws DockerError. */
export function withInterfaceSysctls(
  request: CreateRequest,
  version: ApiVersion,
): { request: CreateRequest; warnings: string[] } {
  const { hostConfig, endpoints } = request;
  const found = Object.entries(hostConfig.Sysctls ?? {}).flatMap(([name, value]) => {
    const [, family, kind, ifname = '', key] = INTERFACE_SYSCTL.exec(name) ?? [];
    return ifname === '' ? [] : [{ name, ifname, option: `net.${family}.${kind}.IFNAME.${key}=${value}` }];
  });
  const mode = hostConfig.NetworkMode;
  if (found.length === 0 || mode === 'host' || mode.startsWith('container:'))
    return { request, warnings: [] };
  const { name } = found[0]!;
  if (version > 47)
    throw internal(
      `interface specific sysctl setting ${JSON.stringify(name)} must be supplied using driver option '${SYSCTLS_OPTION}'`,
    );
  const network = networkOf(request, version);
  if (network === null)
    throw invalid(
      `unable to find a network for sysctl ${name}: HostConfig.NetworkMode must match the identity of a network in NetworkSettings.Networks`,
    );
  const other = found.find(({ ifname }) => ifname !== 'eth0');
  if (other)
    throw internal(
      `unable to determine network endpoint for sysctl ${other.name}, use driver option '${SYSCTLS_OPTION}' to set per-interface sysctls`,
    );
  const options = found.map(({ option }) => option).join(',');
  const names = new Set(found.map((one) => one.name));
  const Sysctls = Object.fromEntries(
    Object.entries(hostConfig.Sysctls ?? {}).filter(([one]) => !names.has(one)),
  );
  const moved = JSON.stringify([...names].join(','));
  return {
    request: {
      ...request,
      hostConfig: { ...hostConfig, Sysctls },
      endpoints: { ...endpoints, [network]: withOption(endpoints[network] ?? {}, options) },
    },
    warnings: [`Migrated sysctl ${moved} to DriverOpts{"${SYSCTLS_OPTION}":${JSON.stringify(options)}}.`],
  };
}

/** The key of the endpoint of the container's own network; null where there are others only. */
function networkOf({ hostConfig, endpoints }: CreateRequest, version: ApiVersion): string | null {
  const isDefault = ['', 'default'].includes(hostConfig.NetworkMode);
  const keys = Object.keys(endpoints);
  const mode = isDefault ? 'bridge' : hostConfig.NetworkMode;
  if (keys.length === 0) return mode;
  if (version < 44) return keys[0]!;
  return keys.find((key) => key === mode || (isDefault && key === 'default')) ?? null;
}

/** What is asked of the endpoint itself comes last, and so counts. */
function withOption(endpoint: Record<string, unknown>, options: string): Record<string, unknown> {
  const asked = endpoint.DriverOpts as Record<string, string> | null | undefined;
  const own = asked?.[SYSCTLS_OPTION];
  const all = own === undefined ? options : `${options},${own}`;
  return { ...endpoint, DriverOpts: { ...asked, [SYSCTLS_OPTION]: all } };
}
