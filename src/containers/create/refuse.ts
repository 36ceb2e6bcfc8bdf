// The flags of `docker create` that sdc-docker does not honour yet: each is refused by name, none is dropped silently.
import { bytesIn } from '#lib/docker-vm/sizes.ts';
import { REFUSED_FLAGS, type RefusedFlag } from '#src/api/flags.ts';
import type { CreateRequest } from '#src/containers/types.ts';
import { invalid, notImplemented } from '#src/errors.ts';

type Used = (request: CreateRequest) => boolean;

/** How a request is seen to ask for each thing that the table src/api/flags refuses. */
const USED: Readonly<Record<RefusedFlag, Used>> = {
  'NetworkDisabled (use --network none)': (r) =>
    r.config.NetworkDisabled === true && r.hostConfig.NetworkMode !== 'none',
};

/**
 * Throws DockerError notImplemented for the first flag that is asked for and not honoured; invalid for an unknown runtime, and for a
 * storage option but a size, which compute nodes may still not have (require-quotas.ts).
 * Runs before the image's config is merged: what an image merely declares is not asked for.
 */
export function refuseUnsupported(request: CreateRequest): void {
  for (const name of REFUSED_FLAGS) {
    if (USED[name](request)) throw notImplemented(`${name} is not implemented yet by sdc-docker`);
  }
  const runtime = request.hostConfig.Runtime;
  if (!['', 'runc', 'io.containerd.runc.v2'].includes(runtime)) {
    throw invalid(`unknown or invalid runtime name: ${runtime}`);
  }
  for (const [option, size] of Object.entries(request.hostConfig.StorageOpt ?? {})) {
    if (option.toLowerCase() !== 'size') throw invalid(`Unknown option ${option}`);
    if (bytesIn(size) === null) throw invalid(`invalid size: '${size}'`);
  }
}
