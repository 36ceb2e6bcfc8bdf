// DELETE /containers/parent/alias?link=1: takes a link away, not the container.
import { linkEnvOf, linksOf } from '#lib/docker-vm/links.ts';
import { MD } from '#lib/docker-vm/metadata.ts';
import { findContainer } from '#src/containers/lookup.ts';
import type { Req } from '#src/context.ts';
import { internal, notFound } from '#src/errors.ts';
import { outliving } from '#src/vm/outlive.ts';
import { asDocker } from '#src/vm/triton-errors.ts';
import { linkedVms } from './linked-vms.ts';
import { linkMetadata } from './refresh-links.ts';

/** The environment of a container that runs stays as it is. Throws DockerError. */
export async function removeLink(req: Req, ref: string): Promise<void> {
  const [, parentName, alias] = /^\/?([^/]+)\/([^/]+)$/.exec(ref) ?? [];
  if (parentName === undefined || alias === undefined) {
    await findContainer(req, ref);
    throw internal('Conflict, cannot remove the default link name of the container');
  }
  const parent = await findContainer(req, parentName);
  const links = linksOf(parent);
  const left = links.filter((link) => link.alias !== alias);
  if (left.length === links.length) throw notFound(`No such container: ${ref}`);
  const vms = await linkedVms(req, parent);
  const found = left.flatMap((link) => {
    const linked = vms.get(link.uuid);
    return linked ? [{ linked, alias: link.alias }] : [];
  });
  const metadata = {
    ...(linkEnvOf(parent.internal_metadata).length > 0 ? linkMetadata(parent, found) : {}),
    [MD.links]: JSON.stringify(left),
  };
  const opts = { owner_uuid: req.account.uuid };
  const set = req.app.triton.vmapi.setInternalMetadata(parent.uuid, metadata, opts, outliving(req.call));
  await asDocker(set, { ref });
}
