// Which Triton networks a container is put on, from Docker's NetworkMode.
import type { CallContext, NapiClient } from '#lib/triton/types.ts';
import type { VmNetworkRequest } from '#lib/wire/types.ts';
import type { DaemonConfig } from '#src/config.ts';
import type { HostConfig } from '#src/containers/types.ts';
import { unavailable } from '#src/errors.ts';

/** bridge → the configured default network of this account; none, host and another container's → nothing. Others were refused before (refuse.ts). */
export async function chooseNetworks(
  napi: NapiClient,
  config: DaemonConfig,
  account: string,
  hostConfig: HostConfig,
  call: CallContext,
): Promise<VmNetworkRequest[]> {
  const { NetworkMode } = hostConfig;
  if (['none', 'host'].includes(NetworkMode) || NetworkMode.startsWith('container:')) return [];
  // Only with provisionable_by does NAPI find a fabric by its name (triton-wire §8).
  const query = { name: config.defaultNetwork, provisionable_by: account };
  const [network] = await napi.listNetworks(query, call);
  if (!network) throw unavailable(`the default network ${config.defaultNetwork} does not exist`);
  return [{ uuid: network.uuid, primary: true }];
}
