// Whether a container may ask for a size of its own: only where compute nodes can hold a writable layer to it.
import type { CallContext, CnapiClient } from '#lib/triton/types.ts';
import type { HostConfig } from '#src/containers/types.ts';
import { invalid } from '#src/errors.ts';

/** Asked only when something needs it. Throws DockerError invalid with dockerd's text; TritonError of CNAPI. */
export async function requireQuotas(
  cnapi: Pick<CnapiClient, 'anyCapabilities'>,
  { StorageOpt }: Pick<HostConfig, 'StorageOpt'>,
  call: CallContext,
): Promise<void> {
  if (Object.keys(StorageOpt ?? {}).length === 0) return;
  if ((await cnapi.anyCapabilities(call)).has('disk_quotas')) return;
  throw invalid("--storage-opt is supported only for overlay over xfs with 'pquota' mount option");
}
