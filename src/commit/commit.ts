// ImageCommit: POST /commit.
import { familiarString } from '#lib/registry/reference.ts';
import type { DockerImage } from '#lib/store/types.ts';
import type { Vm } from '#lib/wire/types.ts';
import { bodyFields } from '#src/api/fields.ts';
import { queryBool } from '#src/api/query.ts';
import { decodeConfig } from '#src/containers/create/decode.ts';
import { mergeImage } from '#src/containers/create/merge-image.ts';
import { findContainer } from '#src/containers/lookup.ts';
import type { ContainerConfig } from '#src/containers/types.ts';
import type { Reply, Req } from '#src/context.ts';
import { notFound } from '#src/errors.ts';
import { parseNewTag, tagImage } from '#src/images/tag.ts';
import { requireCapability } from '#src/vm/capability.ts';
import { emitContainerEvent } from '#src/vm/event-attributes.ts';
import { configOf, dockerIdOf, imageIdOf } from '#src/vm/metadata.ts';
import { statusOf } from '#src/vm/state.ts';
import { withChanges } from './changes.ts';
import { makeImage } from './make-image.ts';

const REFUSAL =
  'docker commit is not possible on this compute node: its agent cannot make a layer of a container';

/** 201 with the image's id. A container that runs is paused meanwhile, unless `pause` says no. */
export async function imageCommit(req: Req): Promise<Reply> {
  const { app, account, query } = req;
  const body = await bodyConfig(req);
  const ref = query.repo ? parseNewTag(query.repo, query.tag ?? '') : null;
  const vm = await findContainer(req, query.container ?? '');
  await requireCapability(req, vm, 'docker_commit', REFUSAL);
  const own = configOf(vm);
  const asked = withChanges(body ?? own, req.queryAll.getAll('changes').flatMap(linesOf));
  const pause = query.pause === undefined || query.pause === '' || queryBool(query.pause);
  const stops = pause && statusOf(vm) === 'running';
  if (stops) emitContainerEvent(req, vm, 'pause');
  try {
    const image = await makeImage(req, {
      parent: parentOf(req, vm),
      vm,
      pause,
      config: mergeImage(asked, own),
      containerConfig: own,
      containerId: dockerIdOf(vm),
      author: query.author ?? '',
      comment: query.comment ?? '',
    });
    const id = image.config_digest;
    if (ref) tagImage({ app, account }, image, ref);
    emitContainerEvent(req, vm, 'commit', {
      comment: query.comment ?? '',
      imageID: id,
      imageRef: ref ? familiarString(ref) : '',
    });
    return { status: 201, body: { Id: id } };
  } finally {
    if (stops) emitContainerEvent(req, vm, 'unpause');
  }
}

/** Null when nothing was sent: then the container's own is what changes begin with. */
async function bodyConfig(req: Req): Promise<ContainerConfig | null> {
  const fields = bodyFields(await req.json(), 'container.Config');
  return Object.keys(fields.raw).length === 0 ? null : decodeConfig(fields);
}

/** The image may be without a name by now, but it is there as long as the account has its record. Throws DockerError. */
function parentOf({ app, account }: Req, vm: Vm): DockerImage {
  const id = imageIdOf(vm);
  const image = app.store.images.get(account.uuid, id);
  if (image === null)
    throw notFound(`could not find image: image ${id} of the container is not there any more`);
  return image;
}

function linesOf(text: string): string[] {
  return text.split('\n').filter((line) => line.trim() !== '');
}
