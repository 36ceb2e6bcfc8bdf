// Whether a container may ask for the name, sysctls or link-local addresses of its interfaces: only where compute nodes know how.
import { interfaceOptions } from '#lib/docker-vm/endpoint-options.ts';
import type { DockerEndpoint } from '#lib/docker-vm/endpoints.ts';
import type { CallContext } from '#lib/triton/types.ts';
import { requireCommon, type Servers } from '#src/vm/capability.ts';
import { INTERFACE_OPTIONS, NO_INTERFACE_OPTIONS } from '#src/vm/endpoint-settings.ts';

/** Asked only when something needs it. Throws DockerError notImplemented; TritonError of CNAPI. */
export async function requireInterfaces(
  cnapi: Servers,
  endpoints: DockerEndpoint[],
  call: CallContext,
): Promise<void> {
  if (endpoints.every((endpoint) => interfaceOptions(endpoint) === null)) return;
  await requireCommon(cnapi, INTERFACE_OPTIONS, NO_INTERFACE_OPTIONS, call);
}
