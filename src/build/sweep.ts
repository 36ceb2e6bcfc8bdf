// After a crash: the folders of builds that it cut off, and the containers of their steps.
import type Logger from 'bunyan';
import type { VmapiClient } from '#lib/triton/types.ts';
import { type leftBuilds, removeBuild } from './work-dir.ts';

/** `left`: looked up before the first request of this life. Never rejects. */
export async function sweepBuilds(
  left: ReturnType<typeof leftBuilds>,
  { vmapi, log }: { vmapi: Pick<VmapiClient, 'listVms' | 'deleteVm'>; log: Logger },
): Promise<void> {
  const ctx = { reqId: 'build-sweep' };
  for (const { path, containers } of await left) {
    try {
      for (const { account, name } of containers) {
        const query = { owner_uuid: account, alias: name, docker: true };
        for (const vm of await vmapi.listVms(query, ctx)) {
          if (vm.alias !== name || ['destroyed', 'failed'].includes(vm.state)) continue;
          await vmapi.deleteVm(vm.uuid, { owner_uuid: account, remove_volumes: true }, ctx);
        }
      }
      await removeBuild(path);
    } catch (err) {
      log.warn({ err, path }, 'a build that was cut off could not be swept up');
    }
  }
}
