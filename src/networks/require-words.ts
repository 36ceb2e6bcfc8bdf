// Whether the compute nodes give a nic an address of each family.
import type { Req } from '#src/context.ts';
import { notImplemented } from '#src/errors.ts';
import { asDocker } from '#src/vm/triton-errors.ts';

const CAPABILITY = 'docker_ipv6';

/** Asked before a network is made: afterwards it would be too late to say so. Throws DockerError notImplemented. */
export async function requireIpv6({ app, call }: Req): Promise<void> {
  const { cnapi } = app.triton;
  const servers = await asDocker(cnapi.listServers(call), { ref: '' });
  const words = await Promise.all(
    servers.map(({ uuid }) => asDocker(cnapi.capabilities(uuid, call), { ref: '' })),
  );
  if (words.length > 0 && words.every((each) => each.has(CAPABILITY))) return;
  throw notImplemented('this datacenter gives containers IPv4 addresses only (no --ipv6)');
}
