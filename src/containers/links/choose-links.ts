// At create: the containers that --link names, on the default network.
import type { LinkRecord } from '#lib/docker-vm/links.ts';
import { findContainer } from '#src/containers/lookup.ts';
import type { CreateRequest } from '#src/containers/types.ts';
import type { Req } from '#src/context.ts';
import { DockerError, invalid } from '#src/errors.ts';
import { isUserDefined } from '#src/vm/endpoint-settings.ts';
import { hostConfigOf } from '#src/vm/metadata.ts';
import { parseLink } from './parse-link.ts';

/** None on a user network, where a link is an alias for the name server (Endpoint.Links). Throws DockerError invalid. */
export async function chooseLinks(req: Req, { hostConfig }: CreateRequest): Promise<LinkRecord[]> {
  const links = (hostConfig.Links ?? []).map(parseLink);
  if (isUserDefined(hostConfig.NetworkMode)) return [];
  const records: LinkRecord[] = [];
  // One after the other: a client may name any number.
  for (const { container, alias } of links) {
    const vm = await find(req, container);
    if (hostConfigOf(vm).NetworkMode === 'host') {
      throw invalid(
        "conflicting options: host type networking can't be used with links. This would result in undefined behavior",
      );
    }
    records.push({ uuid: vm.uuid, alias });
  }
  return records;
}

async function find(req: Req, container: string) {
  try {
    return await findContainer(req, container);
  } catch (err) {
    if (!(err instanceof DockerError)) throw err;
    const text = `could not get container for ${container}: ${err.clientMessage}`;
    throw new DockerError(err.kind === 'notFound' ? 'invalid' : err.kind, text, err);
  }
}
