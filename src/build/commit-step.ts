// The end of each step: the image that the cache has of it, or a new one.
import { makeImage } from '#src/commit/make-image.ts';
import type { Worker } from '#src/commit/worker.ts';
import type { ContainerConfig } from '#src/containers/types.ts';
import { shellOf } from '#src/dockerfile/run-config.ts';
import { cachedImage } from './cache.ts';
import type { Build, StageState } from './types.ts';

/** What the history says of a step that ran nothing. */
export function commentStep(config: ContainerConfig, ...comment: string[]): ContainerConfig {
  return { ...config, Cmd: [...shellOf(config), ...comment] };
}

/** True when the cache had the step: the stage stands on its image now. */
export async function fromCache(
  { req, options, out }: Build,
  state: StageState,
  step: ContainerConfig,
): Promise<boolean> {
  if (options.noCache || state.cacheBusted) return false;
  const images = req.app.store.images.list(req.account.uuid);
  const found = cachedImage(images, state.image.config_digest, step);
  if (found === null) {
    state.cacheBusted = true;
    return false;
  }
  await out.text(' ---> Using cache\n');
  state.image = found;
  return true;
}

/** Makes the step's image, with what the container has written as its layer. */
export async function commitStep(
  { req }: Build,
  state: StageState,
  step: ContainerConfig,
  worker: Worker | null,
): Promise<void> {
  const { signal } = req.call;
  signal?.throwIfAborted();
  state.image = await makeImage(req, {
    parent: state.image,
    vm: worker?.vm ?? null,
    pause: false,
    config: state.config,
    containerConfig: step,
    containerId: worker?.id ?? '',
    author: state.maintainer,
    comment: '',
  });
}

/** A step that only changes the configuration. */
export async function configStep(build: Build, state: StageState, comment: string): Promise<void> {
  const step = commentStep(state.config, '#(nop) ', comment);
  if (!(await fromCache(build, state, step))) await commitStep(build, state, step, null);
}
