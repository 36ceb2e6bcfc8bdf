// Whether the compute nodes can do what is asked of a new network beyond what every datacenter does.
import type { Req } from '#src/context.ts';
import { notImplemented } from '#src/errors.ts';
import { commonCapabilities } from '#src/vm/capability.ts';
import { asDocker } from '#src/vm/triton-errors.ts';
import type { NetworkRequest } from './decode.ts';
import { asksToStayApart, asksToStayPlain } from './validate.ts';

const IPV6 = {
  word: 'docker_ipv6',
  refusal: 'this datacenter gives containers IPv4 addresses only (no --ipv6)',
};
const BRIDGE = {
  word: 'docker_bridge_options',
  refusal:
    'this datacenter knows neither com.docker.network.bridge.enable_icc=false nor com.docker.network.bridge.enable_ip_masquerade=false',
};

/** Asked before a network is made: afterwards it would be too late to say so. Throws DockerError notImplemented. */
export async function requireWords({ app, call }: Req, request: NetworkRequest): Promise<void> {
  const needed = [
    ...(request.enableIPv6 ? [IPV6] : []),
    ...(asksToStayApart(request) || asksToStayPlain(request) ? [BRIDGE] : []),
  ];
  if (needed.length === 0) return;
  const words = await asDocker(commonCapabilities(app.triton.cnapi, call), { ref: '' });
  for (const { word, refusal } of needed) if (!words.has(word)) throw notImplemented(refusal);
}
