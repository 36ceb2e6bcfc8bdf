// The image that FROM or COPY --from names: an earlier stage's, or another of the account's.
import type { DockerImage } from '#lib/store/types.ts';
import { baseImage } from '#src/commit/base-image.ts';
import type { Build } from './types.ts';

/** The last stage of that name; null when there is none. */
export function stageImage({ done }: Build, name: string): DockerImage | null {
  return done.findLast((stage) => stage.name !== '' && stage.name === name.toLowerCase())?.image ?? null;
}

/** Pulled when it is missing, or the client wants the newest. Throws DockerError. */
export function otherImage(
  { req, options: { pull }, out }: Build,
  name: string,
  platform: string,
): Promise<DockerImage> {
  const wish = { name, platform, pull, registryConfig: req.headers['x-registry-config'] };
  return baseImage(req, wish, (message) => out.message(message));
}

/** Of COPY --from: an earlier stage by name or number, else an image. Throws DockerError. */
export async function imageOfFlag(build: Build, from: string): Promise<DockerImage> {
  const numbered = /^\d+$/.test(from) ? build.done[Number(from)]?.image : undefined;
  return stageImage(build, from) ?? numbered ?? otherImage(build, from, build.options.platform);
}
