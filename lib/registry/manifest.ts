// Manifests as registries serve them (Docker schema 2, OCI, lists and indexes): checked before any field of theirs is used.
import { createHash } from 'node:crypto';
import { RegistryError } from './errors.ts';
import { type Platform, pickPlatform } from './platform.ts';
import { isDigest } from './reference.ts';

export interface Descriptor {
  mediaType: string;
  digest: string;
  /** bytes */
  size: number;
}

/** A manifest of one image. */
export interface ImageManifestDoc {
  kind: 'image';
  digest: string;
  mediaType: string;
  /** As served, byte for byte. */
  text: string;
  config: Descriptor;
  layers: Descriptor[];
}

/** A list of manifests by platform. */
export interface IndexDoc {
  kind: 'index';
  digest: string;
  mediaType: string;
  manifests: (Descriptor & { platform?: Platform })[];
}

const DOCKER_MANIFEST = 'application/vnd.docker.distribution.manifest.v2+json';
const DOCKER_LIST = 'application/vnd.docker.distribution.manifest.list.v2+json';
const OCI_MANIFEST = 'application/vnd.oci.image.manifest.v1+json';
const OCI_INDEX = 'application/vnd.oci.image.index.v1+json';
/** A map, no object: the media type is the registry's word, and every object has a 'constructor'. */
const KIND_OF = new Map<string, 'image' | 'index'>([
  [DOCKER_MANIFEST, 'image'],
  [OCI_MANIFEST, 'image'],
  [DOCKER_LIST, 'index'],
  [OCI_INDEX, 'index'],
]);
const CONFIG_TYPES = new Set([
  '',
  'application/octet-stream',
  'application/vnd.docker.container.image.v1+json',
  'application/vnd.oci.image.config.v1+json',
]);
const LAYER_TYPE =
  /^application\/vnd\.(docker\.image\.rootfs\.diff\.tar(\.gzip)?|oci\.image\.layer\.v1\.tar(\+gzip|\+zstd)?)$/;
const MAX_LAYERS = 1024;
const MAX_SIZE = 2 ** 48;

/** The Accept header. */
export const MANIFEST_TYPES = [DOCKER_MANIFEST, DOCKER_LIST, OCI_MANIFEST, OCI_INDEX];

/** Bytes; what distribution's own client allows. */
export const MAX_MANIFEST = 4 * 1024 * 1024;

/**
 * Reads a manifest. Throws RegistryError invalid: wrong digest, media types that contradict each other (CVE-2021-41190), digests or
 * sizes that are none (CVE-2024-3727), a kind that is no image.
 */
export function parseManifest(
  bytes: Buffer,
  contentType: string | undefined,
  expected?: string,
): ImageManifestDoc | IndexDoc {
  const digest = `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
  if (expected !== undefined && digest !== expected) {
    throw new RegistryError('invalid', `manifest verification failed for digest ${expected}`);
  }
  const doc = jsonObject(bytes);
  const mediaType = mediaTypeOf(doc, contentType);
  const kind = KIND_OF.get(mediaType);
  if (kind === undefined) {
    throw new RegistryError('invalid', `unsupported manifest media type ${JSON.stringify(mediaType)}`);
  }
  if (doc.schemaVersion !== 2) throw new RegistryError('invalid', 'unsupported manifest schema version');
  if (kind === 'index') return { kind, digest, mediaType, manifests: manifestsOf(doc) };
  const text = bytes.toString('utf8');
  const config = descriptorOf(doc.config, 'config');
  if (!CONFIG_TYPES.has(config.mediaType)) {
    throw new RegistryError('invalid', `not an image: its config is ${JSON.stringify(config.mediaType)}`);
  }
  return { kind, digest, mediaType, text, config, layers: layersOf(doc) };
}

/** The manifest of an index that fits. Throws RegistryError notFound with dockerd's text. */
export function manifestForPlatform(index: IndexDoc, wanted: Platform): Descriptor {
  const found = pickPlatform(index.manifests, wanted);
  if (found !== null) return found;
  const name = [wanted.os, wanted.architecture, wanted.variant].filter(Boolean).join('/');
  throw new RegistryError('notFound', `no matching manifest for ${name} in the manifest list entries`);
}

function jsonObject(bytes: Buffer): Record<string, unknown> {
  try {
    const doc: unknown = JSON.parse(bytes.toString('utf8'));
    if (typeof doc === 'object' && doc !== null && !Array.isArray(doc)) return doc as Record<string, unknown>;
  } catch {
    // told below
  }
  throw new RegistryError('invalid', 'the manifest is not valid JSON');
}

/** One answer to "what is this": header, field and content must agree, else two readers could see two images. */
function mediaTypeOf(doc: Record<string, unknown>, contentType: string | undefined): string {
  const header = (contentType ?? '').split(';')[0]?.trim() ?? '';
  const field = typeof doc.mediaType === 'string' ? doc.mediaType : '';
  const generic = header === '' || header === 'application/json' || header === 'text/plain';
  if (field !== '' && !generic && field !== header) {
    throw new RegistryError('invalid', `manifest media type ${field} conflicts with content type ${header}`);
  }
  if (doc.schemaVersion === 1 || header.startsWith('application/vnd.docker.distribution.manifest.v1')) {
    throw new RegistryError('invalid', 'Docker Image manifest version 2, schema 1 is not supported');
  }
  const guess = doc.manifests === undefined ? OCI_MANIFEST : OCI_INDEX;
  const mediaType = field || (generic ? guess : header);
  const other =
    KIND_OF.get(mediaType) === 'index' ? ['config', 'layers', 'fsLayers'] : ['manifests', 'fsLayers'];
  if (other.some((name) => doc[name] !== undefined)) {
    throw new RegistryError('invalid', `manifest of type ${mediaType} has fields of another type`);
  }
  return mediaType;
}

function manifestsOf(doc: Record<string, unknown>): IndexDoc['manifests'] {
  return listOf(doc.manifests, 'manifests').map((item) => {
    const platform = (item as { platform?: unknown } | null)?.platform;
    return { ...descriptorOf(item, 'manifest'), ...(isPlatform(platform) ? { platform } : {}) };
  });
}

/** A platform of anything but texts counts as none: its entry is never chosen, the others still are. */
function isPlatform(value: unknown): value is Platform {
  const { os, architecture, variant = '' } = (value ?? {}) as Partial<Record<keyof Platform, unknown>>;
  return [os, architecture, variant].every((part) => typeof part === 'string');
}

function layersOf(doc: Record<string, unknown>): Descriptor[] {
  return listOf(doc.layers ?? [], 'layers').map((item) => {
    const layer = descriptorOf(item, 'layer');
    if (!LAYER_TYPE.test(layer.mediaType)) {
      throw new RegistryError('invalid', `unsupported layer media type ${JSON.stringify(layer.mediaType)}`);
    }
    return layer;
  });
}

function listOf(value: unknown, name: string): unknown[] {
  if (!Array.isArray(value)) throw new RegistryError('invalid', `the manifest's ${name} are not a list`);
  if (value.length > MAX_LAYERS) throw new RegistryError('invalid', `the manifest has too many ${name}`);
  return value;
}

function descriptorOf(value: unknown, what: string): Descriptor {
  const { mediaType = '', digest, size } = (value ?? {}) as Partial<Descriptor>;
  if (typeof digest !== 'string' || !isDigest(digest)) {
    throw new RegistryError('invalid', `the manifest has a ${what} with an invalid digest`);
  }
  if (!Number.isSafeInteger(size) || (size as number) < 0 || (size as number) > MAX_SIZE) {
    throw new RegistryError('invalid', `the manifest has a ${what} with an invalid size`);
  }
  if (typeof mediaType !== 'string')
    throw new RegistryError('invalid', `the manifest has a ${what} without a type`);
  return { mediaType, digest, size: size as number };
}
