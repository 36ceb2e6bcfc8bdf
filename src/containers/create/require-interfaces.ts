// Whether a container may ask for the name, sysctls or link-local addresses of its interfaces: only where compute nodes know how.
import { interfaceOptions } from '#lib/docker-vm/endpoint-options.ts';
import type { DockerEndpoint } from '#lib/docker-vm/endpoints.ts';
import type { CallContext } from '#lib/triton/types.ts';
import { notImplemented } from '#src/errors.ts';
import { commonCapabilities } from '#src/vm/capability.ts';
import { INTERFACE_OPTIONS, NO_INTERFACE_OPTIONS } from '#src/vm/endpoint-settings.ts';

/** Asked only when something needs it. Throws DockerError notImplemented; TritonError of CNAPI. */
export async function requireInterfaces(
  cnapi: Parameters<typeof commonCapabilities>[0],
  endpoints: DockerEndpoint[],
  call: CallContext,
): Promise<void> {
  if (endpoints.every((endpoint) => interfaceOptions(endpoint) === null)) return;
  if ((await commonCapabilities(cnapi, call)).has(INTERFACE_OPTIONS)) return;
  throw notImplemented(NO_INTERFACE_OPTIONS);
}
