// POST /images?action=import-docker-image: pulls one image (or every tag of a repository) and streams what happens.
import type Logger from 'bunyan';
import type { RegistryClient, ResolvedImage } from '#lib/registry/client.ts';
import { type Credentials, decodeRegistryAuth, decodeRegistryConfig } from '#lib/registry/credentials.ts';
import { RegistryError, type RegistryErrorKind } from '#lib/registry/errors.ts';
import { localPlatform, type Platform, parsePlatform } from '#lib/registry/platform.ts';
import {
  familiarName,
  familiarString,
  InvalidReferenceError,
  parseNormalizedNamed,
  type Reference,
  trimNamed,
  withDigest,
  withTag,
} from '#lib/registry/reference.ts';
import { TritonError } from '#lib/wire/errors.ts';
import type { CoalReply, CoalRequest } from '../types.ts';
import { chainIds, parseImageConfig } from './image-config.ts';
import { type ImportLines, importLines } from './import-lines.ts';
import { layerManifest } from './layer-manifest.ts';
import type { Layer, LayerStore } from './layer-store.ts';
import { pullLayers } from './pull-layers.ts';
import type { ImageRecord, ImageRecords } from './records.ts';

export interface ImportParts {
  registry: RegistryClient;
  layers: LayerStore;
  records: ImageRecords;
  /** Resolves when what an earlier life left behind is swept up. */
  ready: Promise<void>;
  adminUuid: string;
}

interface ImportRequest {
  ref: Reference;
  allTags: boolean;
  platform: Platform;
  credentials: Credentials | null;
  public: boolean;
}

/**
 * Query: repo, and tag or digest (ours: neither = every tag), platform (ours), public. Wrong parameters are 4xx; what a registry
 * refuses comes as an error line after status 200, as IMGAPI does. The client's going away cancels the pull.
 */
export async function importDockerImage(parts: ImportParts, req: CoalRequest): Promise<CoalReply> {
  const wanted = parseRequest(req);
  const lines = importLines(req.res, canonicalName(wanted.ref));
  try {
    await parts.ready;
    const { credentials } = wanted;
    const refs = wanted.allTags
      ? (await parts.registry.tags(wanted.ref, { credentials, signal: req.signal })).map((tag) =>
          withTag(wanted.ref, tag),
        )
      : [wanted.ref];
    for (const ref of refs) await importOne(parts, { ...wanted, ref }, lines, req);
  } catch (err) {
    if (req.signal.aborted) req.log.info({ image: familiarString(wanted.ref) }, 'pull cancelled');
    else lines.write({ type: 'error', id: canonicalName(wanted.ref), error: errorLine(err, req.log) });
  }
  req.res.end();
  return 'handled';
}

async function importOne(
  parts: ImportParts,
  wanted: ImportRequest,
  lines: ImportLines,
  req: CoalRequest,
): Promise<void> {
  const { ref, credentials, platform } = wanted;
  const { signal } = req;
  const image = await parts.registry.resolve(ref, { credentials, platform, signal });
  const id = canonicalName(ref);
  const which = ref.digest ?? ref.tag ?? 'latest';
  const from = ref.domain === 'docker.io' ? ref.path : familiarName(ref);
  lines.write({ type: 'status', id, payload: { id: which, status: `Pulling from ${from}` } });

  const configDigest = image.manifest.config.digest;
  const text =
    parts.records.configByDigest(configDigest) ??
    (await image.repository.readBlob(image.manifest.config, { signal })).toString('utf8');
  const config = parseImageConfig(text, image.manifest.layers.length);
  const layers = layersOf(image, config.diffIds);
  const unpin = await parts.layers.pin(layers);
  try {
    const sizes = await pullLayers(parts.layers, layers, image.repository, {
      signal,
      report: (layer, status, detail) => lines.layer(shortId(layer.blob.digest), status, detail),
    });
    const imageRecords = recordsOf(layers, sizes, config.json, wanted, parts.adminUuid);
    parts.records.putImage(imageRecords, { digest: configDigest, text, at: Date.now() });
    lines.write({
      type: 'create-docker-image',
      id,
      config_digest: configDigest,
      head: true,
      image: config.json,
      image_uuid: imageRecords.at(-1)?.manifest.uuid ?? '',
      manifest_digest: image.digest,
      manifest_str: image.manifest.text,
      size: sizes.reduce((sum, size) => sum + size, 0),
      dockerImageVersion: '2.2',
      ...(ref.tag === undefined ? {} : { tag: ref.tag }),
    });
    lines.write({ type: 'status', id, payload: { status: `Digest: ${image.digest}` } });
  } catch (err) {
    unpin();
    await parts.layers.collect().catch((e) => req.log.warn({ err: e }, 'sweeping after a failed pull'));
    throw err;
  }
  unpin();
}

function layersOf(image: ResolvedImage, diffIds: string[]): Layer[] {
  const chain = chainIds(diffIds);
  return image.manifest.layers.map((blob, i) => ({
    blob,
    diffId: diffIds[i] ?? '',
    chainId: chain[i] ?? '',
    parentChainId: chain[i - 1] ?? null,
  }));
}

function recordsOf(
  layers: Layer[],
  sizes: number[],
  config: Record<string, unknown>,
  wanted: ImportRequest,
  owner: string,
): ImageRecord[] {
  const digests = layers.map((layer) => layer.blob.digest);
  const image = { config, repo: familiarName(wanted.ref), owner, public: wanted.public };
  const { tag } = wanted.ref;
  if (layers.length === 0) {
    const scratch = { digests: [], mediaType: '', size: 0, uncompressedSize: 0, diffId: '' };
    return [{ manifest: layerManifest(scratch, { ...image, tag }), chainId: null, layerDigest: null }];
  }
  return layers.map((layer, i) => {
    const facts = {
      digests: digests.slice(0, i + 1),
      mediaType: layer.blob.mediaType,
      size: layer.blob.size,
      uncompressedSize: sizes[i] ?? 0,
      diffId: layer.diffId,
    };
    const top = i === layers.length - 1;
    const manifest = layerManifest(facts, { ...image, ...(top ? { tag } : {}) });
    return { manifest, chainId: layer.chainId, layerDigest: layer.blob.digest };
  });
}

function parseRequest(req: CoalRequest): ImportRequest {
  const { repo = '', tag, digest, platform = '' } = req.query;
  if (tag !== undefined && digest !== undefined) throw bad('tag', 'tag and digest cannot both be given');
  if (req.query.account !== undefined) {
    throw new TritonError('OperatorOnly', 403, 'operator-only endpoint called by a non-operator');
  }
  let ref: Reference;
  try {
    ref = trimNamed(parseNormalizedNamed(repo));
    if (tag !== undefined) ref = withTag(ref, tag);
    if (digest !== undefined) ref = withDigest(ref, digest);
  } catch (err) {
    if (err instanceof InvalidReferenceError) throw bad('repo', err.message);
    throw err;
  }
  const local = localPlatform();
  const target = platform === '' ? local : parsePlatform(platform, local);
  if (target === null) throw bad('platform', `${JSON.stringify(platform)} is an invalid platform`);
  return {
    ref,
    allTags: tag === undefined && digest === undefined,
    platform: target,
    credentials: credentialsOf(req, ref),
    public: req.query.public === 'true',
  };
}

function credentialsOf(req: CoalRequest, ref: Reference): Credentials | null {
  try {
    return (
      decodeRegistryAuth(req.headers['x-registry-auth']) ??
      decodeRegistryConfig(req.headers['x-registry-config'], ref)
    );
  } catch (err) {
    throw bad('x-registry-auth', (err as Error).message);
  }
}

const IMGAPI_CODE: Readonly<Record<RegistryErrorKind, string>> = {
  notFound: 'ResourceNotFound',
  unauthorized: 'RegistryUnauthorized',
  refused: 'RemoteSourceError',
  unreachable: 'RemoteSourceError',
  invalid: 'RemoteSourceError',
};

function errorLine(err: unknown, log: Logger): { code: string; message: string } {
  if (err instanceof RegistryError) {
    log.info({ code: err.code, kind: err.kind }, err.message);
    return { code: IMGAPI_CODE[err.kind], message: err.message };
  }
  log.error({ err }, 'pull failed');
  return { code: 'InternalError', message: `failed to register layer: ${(err as Error).message}` };
}

/** As IMGAPI stamps it: the domain is always there, 'library/' is not. */
function canonicalName(ref: Reference): string {
  const name = familiarName(ref);
  return ref.domain === 'docker.io' ? `docker.io/${name}` : name;
}

function shortId(digest: string): string {
  return digest.slice('sha256:'.length, 'sha256:'.length + 12);
}

function bad(field: string, message: string): TritonError {
  return new TritonError('InvalidParameter', 422, message, [{ field, code: 'Invalid' }]);
}
