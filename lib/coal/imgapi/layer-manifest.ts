// One IMGAPI manifest per layer, named and filled as Triton's imgmanifest does for Docker images (triton-wire §4.1).
import { createHash } from 'node:crypto';
import type { ImageManifest } from '#lib/wire/types.ts';

/** uuid of the image made of these layer digests, base first: Triton's own formula, no version bits. */
export function imageUuid(layerDigests: readonly string[]): string {
  const hex = createHash('sha256').update(layerDigests.join(' ')).digest('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20, 32)].join(
    '-',
  );
}

export interface LayerFacts {
  /** Digests of this layer and all below it, base first; empty for an image without layers. */
  digests: string[];
  mediaType: string;
  /** compressed bytes */
  size: number;
  /** bytes of the plain tar */
  uncompressedSize: number;
  diffId: string;
}

/** The manifest. `repo` is the familiar name, `tag` is given for the top layer of a pull by tag. */
export function layerManifest(
  layer: LayerFacts,
  image: { config: Record<string, unknown>; repo: string; tag?: string; owner: string; public: boolean },
): ImageManifest {
  const { config } = image;
  const digest = layer.digests.at(-1) ?? '';
  const run = (config.config ?? {}) as Record<string, unknown>;
  const description = describe(config);
  const created = new Date(String(config.created ?? ''));
  return {
    v: 2,
    uuid: imageUuid(layer.digests),
    owner: image.owner,
    name: 'docker-layer',
    version: digest.replace('sha256:', '').slice(0, 12) || 'scratch',
    state: 'active',
    disabled: false,
    public: image.public,
    published_at: (Number.isNaN(created.getTime()) ? new Date(0) : created).toISOString(),
    type: 'docker',
    os: 'linux',
    ...(description === '' ? {} : { description }),
    ...(layer.digests.length > 1 ? { origin: imageUuid(layer.digests.slice(0, -1)) } : {}),
    tags: {
      'docker:repo': image.repo,
      'docker:id': digest,
      'docker:architecture': config.architecture ?? '',
      ...(image.tag === undefined ? {} : { [`docker:tag:${image.tag}`]: true }),
      'docker:config': {
        Cmd: run.Cmd ?? null,
        Entrypoint: run.Entrypoint ?? null,
        Env: run.Env ?? null,
        WorkingDir: run.WorkingDir ?? '',
      },
    },
    files: [
      {
        size: layer.size,
        compression: compressionOf(layer.mediaType),
        ...(digest === ''
          ? {}
          : { digest, uncompressedDigest: layer.diffId, uncompressedSize: layer.uncompressedSize }),
      },
    ],
  };
}

function compressionOf(mediaType: string): string {
  if (/[+.]gzip$/.test(mediaType)) return 'gzip';
  return mediaType.endsWith('+zstd') ? 'zstd' : 'none';
}

function describe(config: Record<string, unknown>): string {
  const run = (config.container_config ?? {}) as { Cmd?: unknown };
  const text = config.comment || (Array.isArray(run.Cmd) ? run.Cmd.join(' ') : '');
  return String(text).slice(0, 255);
}
