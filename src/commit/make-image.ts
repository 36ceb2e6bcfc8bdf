// Makes an image of a step, with or without a layer, and puts it into the account's records.
import type { DockerImage } from '#lib/store/types.ts';
import type { Vm } from '#lib/wire/types.ts';
import type { Req } from '#src/context.ts';
import { notFound } from '#src/errors.ts';
import { emitImageEvent } from '#src/images/events.ts';
import { labelsOf } from '#src/images/from-image/config-json.ts';
import { deleteLayers } from '#src/images/layers.ts';
import { toRecord } from '#src/images/record-image.ts';
import { outliving } from '#src/vm/outlive.ts';
import { asDocker } from '#src/vm/triton-errors.ts';
import { type ImageStep, toImageJson } from './image-json.ts';

export interface MakeImage extends ImageStep {
  /** null: on nothing. */
  parent: DockerImage | null;
  /** What it has written becomes the layer; null: no layer. */
  vm: Vm | null;
  /** It stands still meanwhile. */
  pause: boolean;
}

/** The new image, without a name. Goes on when the client leaves. Throws DockerError. */
export async function makeImage(
  req: Pick<Req, 'app' | 'account' | 'call'>,
  wanted: MakeImage,
): Promise<DockerImage> {
  const { app, account } = req;
  const { parent, vm, pause } = wanted;
  const config = toImageJson(parent, wanted, new Date());
  const made = await asDocker(
    app.triton.imgapi.createDockerImage(
      {
        ...(parent === null ? {} : { origin: parent.image_uuid }),
        ...(vm === null ? {} : { vm_uuid: vm.uuid, pause }),
        config,
      },
      outliving(req.call),
    ),
    { ref: parent?.config_digest ?? '' },
  );
  const { images } = app.store;
  const known = images.get(account.uuid, made.config_digest);
  const record = {
    ...toRecord(account.uuid, made, known, null),
    parent: parent?.config_digest ?? '',
  };
  // Removed meanwhile: nobody may stand on it any more.
  if (parent !== null && images.get(account.uuid, parent.config_digest) === null) {
    const { imgapi } = app.triton;
    await asDocker(deleteLayers({ imgapi, images }, made.image_uuid, outliving(req.call)), { ref: '' });
    throw notFound(`No such image: ${parent.config_digest}`);
  }
  images.put(record);
  emitImageEvent(req, 'create', record.config_digest, record.config_digest, labelsOf(record) ?? {});
  return record;
}
