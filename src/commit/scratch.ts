// The image without layers that FROM scratch means: the same one each time.
import { localPlatform } from '#lib/registry/platform.ts';
import type { DockerImage } from '#lib/store/types.ts';
import type { Req } from '#src/context.ts';
import { toRecord } from '#src/images/record-image.ts';
import { outliving } from '#src/vm/outlive.ts';
import { asDocker } from '#src/vm/triton-errors.ts';

/** Goes, like any image that only was a step, with the last image on it. Throws DockerError. */
export async function scratchImage(req: Req): Promise<DockerImage> {
  const { architecture } = localPlatform();
  const config = {
    architecture,
    config: {},
    history: [],
    os: 'linux',
    rootfs: { type: 'layers', diff_ids: [] },
  };
  const { imgapi } = req.app.triton;
  const made = await asDocker(imgapi.createDockerImage({ config }, outliving(req.call)), { ref: 'scratch' });
  const { images } = req.app.store;
  const known = images.get(req.account.uuid, made.config_digest);
  const record = toRecord(req.account.uuid, made, known, null);
  images.put(record);
  return record;
}
