// Images whose file systems a container mounts (--mount type=image), as its element of docker:mounts says.
import { MD } from './metadata.ts';
import { listOf } from './volumes.ts';

/** Of an element of docker:mounts whose Type is image. Read-only always, as in moby. */
export interface ImageMount {
  Type: 'image';
  Destination: string;
  /** As the user called it. */
  Name: string;
  /** In IMGAPI. */
  imageUuid: string;
  /** Docker's id: 'sha256:…'. */
  imageId: string;
  /** Only this part of the image's file system. */
  subpath?: string;
}

/** Pure; broken JSON counts as nothing. */
export function imageMountsOf(metadata: Record<string, unknown>): ImageMount[] {
  return listOf<ImageMount>(metadata[MD.mounts]).filter(({ Type }) => Type === 'image');
}
