// The containers that a new one is to join (--network, --pid, --ipc container:X): found by account, and written down by id.
import type { Vm } from '#lib/wire/types.ts';
import { findContainer, type LookupRequest } from '#src/containers/lookup.ts';
import type { CreateRequest, HostConfig } from '#src/containers/types.ts';
import { DockerError, invalid } from '#src/errors.ts';
import { requireCapability } from '#src/vm/capability.ts';
import { configOf, dockerIdOf } from '#src/vm/metadata.ts';

const MODES = ['NetworkMode', 'PidMode', 'IpcMode'] as const;
const PREFIX = 'container:';

export interface JoinedContainers {
  request: CreateRequest;
  /** Where the new container must be, or null when it joins none that is placed. */
  serverUuid: string | null;
}

/**
 * As dockerd: whose network is joined may be made later, the others must exist. Throws DockerError invalid, or notImplemented where
 * the compute node cannot join.
 */
export async function withJoinedContainers(
  req: LookupRequest,
  request: CreateRequest,
): Promise<JoinedContainers> {
  const hostConfig: HostConfig = { ...request.hostConfig };
  const config = { ...request.config };
  const servers = new Set<string>();
  for (const mode of MODES) {
    const ref = joinedRef(hostConfig[mode]);
    const vm = ref === null ? null : await find(req, ref, mode);
    if (!vm) continue;
    hostConfig[mode] = PREFIX + dockerIdOf(vm);
    if (mode === 'NetworkMode') {
      const { Hostname, Domainname } = configOf(vm);
      Object.assign(config, { Hostname, Domainname });
    }
    if (vm.server_uuid === null) continue;
    await requireCapability(req, vm, 'namespace_join', 'the compute node of that container cannot share it');
    servers.add(vm.server_uuid);
  }
  if (servers.size > 1) throw invalid('the containers to be joined are on different compute nodes');
  return { request: { ...request, config, hostConfig }, serverUuid: [...servers][0] ?? null };
}

/** 'container:X' → X, or null. Pure. */
export function joinedRef(mode: string): string | null {
  return mode.startsWith(PREFIX) ? mode.slice(PREFIX.length) : null;
}

async function find(req: LookupRequest, ref: string, mode: (typeof MODES)[number]): Promise<Vm | null> {
  try {
    return await findContainer(req, ref);
  } catch (err) {
    if (!(err instanceof DockerError) || err.kind !== 'notFound') throw err;
    if (mode === 'NetworkMode') return null;
    throw invalid(err.clientMessage, err);
  }
}
