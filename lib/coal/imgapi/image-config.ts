// The image configuration JSON: checked, and the chain of layers that it names.
import { createHash } from 'node:crypto';
import { RegistryError } from '#lib/registry/errors.ts';
import { isDigest } from '#lib/registry/reference.ts';

export interface ImageConfig {
  json: Record<string, unknown>;
  diffIds: string[];
}

/**
 * Reads a config blob for a manifest of `layers` layers. Throws RegistryError invalid, with dockerd's words, for what is not a Linux
 * image or does not fit the manifest.
 */
export function parseImageConfig(bytes: Buffer | string, layers: number): ImageConfig {
  const json = parse(bytes);
  const rootfs = json.rootfs as { diff_ids?: unknown } | undefined;
  const diffIds = rootfs?.diff_ids ?? [];
  if (!Array.isArray(diffIds) || !diffIds.every((id) => typeof id === 'string' && isDigest(id))) {
    throw new RegistryError('invalid', 'invalid rootfs in image configuration');
  }
  if (diffIds.length !== layers) {
    throw new RegistryError('invalid', "layers from manifest don't match image configuration");
  }
  const os = json.os ?? 'linux';
  if (os !== 'linux' && os !== '') {
    throw new RegistryError(
      'invalid',
      `image operating system ${JSON.stringify(os)} cannot be used on this platform`,
    );
  }
  return { json, diffIds: diffIds as string[] };
}

/** OCI chain ids, one per layer: names of the snapshots. */
export function chainIds(diffIds: readonly string[]): string[] {
  const chain: string[] = [];
  for (const diffId of diffIds) {
    const parent = chain.at(-1);
    chain.push(
      parent === undefined
        ? diffId
        : `sha256:${createHash('sha256').update(`${parent} ${diffId}`).digest('hex')}`,
    );
  }
  return chain;
}

function parse(bytes: Buffer | string): Record<string, unknown> {
  try {
    const json: unknown = JSON.parse(bytes.toString());
    if (typeof json === 'object' && json !== null && !Array.isArray(json))
      return json as Record<string, unknown>;
  } catch {
    // told below
  }
  throw new RegistryError('invalid', 'invalid image configuration');
}
