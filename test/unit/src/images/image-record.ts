// Builds image records for the tests.
import type { DockerImage, ImageTag } from '#lib/store/types.ts';
import { type NamedImage, toReferences } from '#src/images/references.ts';

export const OWNER = '930896af-bf8c-48d4-885c-6573a94b1853';

/** 'sha256:' and a digest made of one digit. */
export function digest(digit: string): string {
  return `sha256:${digit.repeat(64)}`;
}

/** A busybox with one layer; `digit` makes its id. */
export function buildImage(digit: string, over: Partial<DockerImage> = {}): DockerImage {
  return {
    owner_uuid: OWNER,
    config_digest: digest(digit),
    image_uuid: `${digit.repeat(8)}-0000-0000-0000-000000000000`,
    manifest_digest: digest('e'),
    manifest_str: '{}',
    image: {
      created: '2024-09-26T21:31:42.120000000Z',
      architecture: 'amd64',
      os: 'linux',
      config: { Cmd: ['sh'], Env: ['PATH=/bin'], Labels: { a: 'b' } },
      rootfs: { type: 'layers', diff_ids: [digest(digit)] },
      history: [{ created: '2024-09-26T21:31:42Z', created_by: 'BusyBox', comment: 'made' }],
    },
    head: true,
    parent: '',
    size: 1234,
    created: 1727386302,
    dockerImageVersion: '2.2',
    repo_digests: [],
    ...over,
  };
}

/** An image with tags ('busybox:latest') and digests of its own ('busybox@sha256:…'). */
export function buildNamed(
  digit: string,
  tags: string[],
  digests: string[] = [],
  over: Partial<DockerImage> = {},
): NamedImage {
  const image = buildImage(digit, { repo_digests: digests, ...over });
  const rows = tags.map((text): ImageTag => {
    const at = text.lastIndexOf(':');
    return {
      owner_uuid: OWNER,
      repo: text.slice(0, at),
      tag: text.slice(at + 1),
      config_digest: image.config_digest,
    };
  });
  return { image, references: toReferences(image, rows) };
}
