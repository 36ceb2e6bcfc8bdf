// Before a start: what the links of a container bring, by where the linked ones are now.
import { endpointsOf, placesOf } from '#lib/docker-vm/endpoints.ts';
import { linksOf } from '#lib/docker-vm/links.ts';
import { MD } from '#lib/docker-vm/metadata.ts';
import type { Scalar, Vm } from '#lib/wire/types.ts';
import type { Req } from '#src/context.ts';
import { internal } from '#src/errors.ts';
import { configOf } from '#src/vm/metadata.ts';
import { outliving } from '#src/vm/outlive.ts';
import { isRunning } from '#src/vm/state.ts';
import { asDocker } from '#src/vm/triton-errors.ts';
import { linkEnv } from './link-env.ts';
import { linkedVms } from './linked-vms.ts';

/** Nothing for a container without links. Throws DockerError when a linked one does not run, or is not on the default network. */
export async function refreshLinks(req: Req, vm: Vm): Promise<void> {
  const links = linksOf(vm);
  if (links.length === 0) return;
  const vms = await linkedVms(req, vm);
  const found = links.flatMap(({ uuid, alias }) => {
    const linked = vms.get(uuid);
    return linked ? [{ linked, alias }] : [];
  });
  for (const { linked, alias } of found) {
    if (!endpointsOf(linked).has('bridge'))
      throw internal(`Cannot link to /${linked.alias}, as it does not belong to the default network`);
    if (!isRunning(linked))
      throw internal(`Cannot link to a non running container: /${linked.alias} AS /${vm.alias}/${alias}`);
  }
  const metadata = linkMetadata(vm, found);
  const same = Object.entries(metadata).every(([key, value]) => vm.internal_metadata[key] === value);
  if (same) return;
  const opts = { owner_uuid: req.account.uuid };
  const set = req.app.triton.vmapi.setInternalMetadata(vm.uuid, metadata, opts, outliving(req.call));
  await asDocker(set, { ref: vm.alias ?? '' });
}

/** The keys that the compute node reads. Pure. */
export function linkMetadata(
  vm: Pick<Vm, 'alias'>,
  found: { linked: Vm; alias: string }[],
): Record<string, Scalar> {
  const hosts: string[] = [];
  const env: string[] = [];
  for (const { linked, alias } of found) {
    const ip = placesOf(linked).find(({ network }) => network === 'bridge')?.nic.ip;
    if (ip === undefined) continue;
    const config = configOf(linked);
    const names = [alias, config.Hostname, ...(linked.alias === alias ? [] : [linked.alias])];
    hosts.push(`${ip}\t${names.join(' ')}\n`);
    const exposed = Object.keys(config.ExposedPorts ?? {});
    env.push(...linkEnv({ ip, name: `/${vm.alias}/${alias}`, alias, env: config.Env ?? [], exposed }));
  }
  return { [MD.linkHosts]: hosts.join(''), [MD.linkEnv]: JSON.stringify(env) };
}
