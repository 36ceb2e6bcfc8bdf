// ContainerInspect: GET /containers/:id/json.

import { queryBool } from '#src/api/query.ts';
import type { Reply, Req } from '#src/context.ts';
import { appArmorProfile } from './from-vm/app-armor.ts';
import { toInspect } from './from-vm/inspect.ts';
import { askedMac } from './from-vm/networks.ts';
import { linkedVms } from './links/linked-vms.ts';
import { shownLinks } from './links/show-links.ts';
import { findContainer } from './lookup.ts';
import { containerSizes } from './sizes.ts';
import { inspectForVersion } from './versions.ts';

export async function containerInspect(req: Req): Promise<Reply> {
  const vm = await findContainer(req, req.params.id!);
  const { execs } = req.app.store;
  const running = execs.unfinished(req.account.uuid, vm.uuid).filter((exec) => exec.state === 'running');
  const ids = running.map((exec) => exec.id);
  const inspect = toInspect(vm, ids, req.app.health.of(vm));
  inspect.HostConfig = { ...inspect.HostConfig, Links: shownLinks(vm, await linkedVms(req, vm)) };
  inspect.AppArmorProfile = await appArmorProfile(req, vm);
  if (queryBool(req.query.size)) {
    Object.assign(inspect, (await containerSizes(req, [vm]))(vm));
  }
  return { status: 200, body: inspectForVersion(inspect, req.version, askedMac(vm)) };
}
