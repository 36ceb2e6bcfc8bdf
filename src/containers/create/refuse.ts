// What sdc-docker cannot give a new container: another runtime, storage options but a size.
import { bytesIn } from '#lib/docker-vm/sizes.ts';
import type { CreateRequest } from '#src/containers/types.ts';
import { invalid } from '#src/errors.ts';

/**
 * Throws DockerError invalid for an unknown runtime, and for a storage option but a size, which compute nodes may still not have
 * (require-quotas.ts).
 */
export function refuseUnsupported(request: CreateRequest): void {
  const runtime = request.hostConfig.Runtime;
  if (!['', 'runc', 'io.containerd.runc.v2'].includes(runtime)) {
    throw invalid(`unknown or invalid runtime name: ${runtime}`);
  }
  for (const [option, size] of Object.entries(request.hostConfig.StorageOpt ?? {})) {
    if (option.toLowerCase() !== 'size') throw invalid(`Unknown option ${option}`);
    if (bytesIn(size) === null) throw invalid(`invalid size: '${size}'`);
  }
}
