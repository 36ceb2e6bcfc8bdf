// The configuration JSON of an image that is made here: that of the one below it, and one step more.
import { localPlatform } from '#lib/registry/platform.ts';
import type { DockerImage } from '#lib/store/types.ts';
import type { ContainerConfig } from '#src/containers/types.ts';

/** What the new step is. */
export interface ImageStep {
  /** What containers made from the image take. */
  config: ContainerConfig;
  /** What made the step: its Cmd is the history's text, and the build cache compares it. */
  containerConfig: ContainerConfig;
  /** 64 hex; '' when no container did it. */
  containerId: string;
  author: string;
  comment: string;
}

/** Without rootfs's new layer, which whoever writes it adds. Pure. */
export function toImageJson(
  parent: DockerImage | null,
  step: ImageStep,
  created: Date,
): Record<string, unknown> {
  const below = parent?.image ?? {};
  const platform = localPlatform();
  const rootfs = below.rootfs as { diff_ids?: string[] } | undefined;
  const time = created.toISOString();
  return {
    architecture: below.architecture ?? platform.architecture,
    ...(below.variant ? { variant: below.variant } : {}),
    ...filled('author', step.author),
    ...filled('comment', step.comment),
    config: step.config,
    ...filled('container', step.containerId),
    container_config: step.containerConfig,
    created: time,
    history: [
      ...(Array.isArray(below.history) ? below.history : []),
      {
        created: time,
        ...filled('author', step.author),
        created_by: (step.containerConfig.Cmd ?? []).join(' '),
        ...filled('comment', step.comment),
      },
    ],
    os: below.os ?? 'linux',
    ...(below['os.version'] ? { 'os.version': below['os.version'] } : {}),
    rootfs: { type: 'layers', diff_ids: rootfs?.diff_ids ?? [] },
  };
}

function filled(key: string, value: string): Record<string, string> {
  return value === '' ? {} : { [key]: value };
}
