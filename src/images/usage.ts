// Which containers of the account were made from an image, or mount it.
import { imageMountsOf } from '#lib/docker-vm/image-mounts.ts';
import { MD } from '#lib/docker-vm/metadata.ts';
import type { Vm } from '#lib/wire/types.ts';
import { existing, type LookupRequest } from '#src/containers/lookup.ts';
import { dockerIdOf } from '#src/vm/metadata.ts';
import { isRunning } from '#src/vm/state.ts';
import { asDocker } from '#src/vm/triton-errors.ts';

/** A container as the rules of a removal see it. */
export interface ImageUser {
  /** 64 hex */
  id: string;
  running: boolean;
}

/** Users of each image by its id ('sha256:…'), the oldest container first. One VMAPI call. */
export async function imageUsers(req: LookupRequest): Promise<Map<string, ImageUser[]>> {
  const query = { predicate: existing(req.account) };
  return usersOf(await asDocker(req.app.triton.vmapi.listVms(query, req.call), { ref: '' }));
}

/** Pure. */
export function usersOf(vms: readonly Vm[]): Map<string, ImageUser[]> {
  const sorted = [...vms].sort((a, b) => (a.create_timestamp < b.create_timestamp ? -1 : 1));
  const users = new Map<string, ImageUser[]>();
  for (const vm of sorted) {
    const own = vm.internal_metadata[MD.imageId];
    const mounted = imageMountsOf(vm.internal_metadata).map(({ imageId }) => imageId);
    for (const image of new Set([own, ...mounted])) {
      if (typeof image !== 'string') continue;
      const list = users.get(image) ?? [];
      list.push({ id: dockerIdOf(vm), running: isRunning(vm) });
      users.set(image, list);
    }
  }
  return users;
}
