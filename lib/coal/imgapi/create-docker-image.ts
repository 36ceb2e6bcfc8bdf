// POST /images?action=create-docker-image: an image from a configuration, on the layers of another, with what a VM has written on top.
import { createHash } from 'node:crypto';
import type { AgentTasks } from '#lib/cn-agent/types.ts';
import { TritonError } from '#lib/wire/errors.ts';
import type { ImageManifest } from '#lib/wire/types.ts';
import { isUuid } from '#lib/wire/uuid.ts';
import type { TaskRunner } from '../cnapi/task-runner.ts';
import type { CoalReply, CoalRequest } from '../types.ts';
import { chainIds, parseImageConfig } from './image-config.ts';
import { imageUuid, layerManifest } from './layer-manifest.ts';
import { DRAFT_LABEL, type Layer, type LayerStore } from './layer-store.ts';
import type { ImageRecord, ImageRecords } from './records.ts';

export interface CreateParts {
  layers: LayerStore;
  records: ImageRecords;
  ready: Promise<void>;
  adminUuid: string;
  tasks: Pick<TaskRunner, 'run'>;
}

interface CreateRequest {
  /** null: no layers below. */
  origin: ImageRecord | null;
  config: Record<string, unknown>;
  diffIds: string[];
  vm: { uuid: string; pause: boolean } | null;
  repo: string;
}

const LAYER_TYPE = 'application/vnd.oci.image.layer.v1.tar';
const CONFIG_TYPE = 'application/vnd.oci.image.config.v1+json';
const MANIFEST_TYPE = 'application/vnd.oci.image.manifest.v1+json';
/** Two blocks of zeros: a VM that has written nothing makes no layer. */
const EMPTY_TAR = 'sha256:5f70bf18a086007016e948b04aed3b82103a36bea41755b6cddfaf10ace3c6ef';

/**
 * Body: origin (uuid, absent for no layers), config (Docker's, whole, with the origin's diff_ids and the new step last in history), vm_uuid
 * and pause, repo. A layer is added to diff_ids, else the last step is marked as one without. Done twice it is the same as once.
 */
export async function createDockerImage(parts: CreateParts, req: CoalRequest): Promise<CoalReply> {
  const wanted = parseRequest(parts.records, req);
  await parts.ready;
  const { vm } = wanted;
  if (vm === null) return reply(parts, wanted, null, 0);
  return parts.layers.draft(async () => {
    const params = { ...vm, labels: { [DRAFT_LABEL]: 'true' } };
    const made = await parts.tasks.run('docker_commit', params, req);
    return keep(parts, req, wanted, made);
  });
}

async function keep(
  parts: CreateParts,
  req: CoalRequest,
  wanted: CreateRequest,
  { digest, size, parentChainId }: AgentTasks['docker_commit']['result'],
): Promise<CoalReply> {
  if (parentChainId !== (wanted.origin?.chainId ?? null))
    throw invalidParameter('vm_uuid', 'the VM stands on another image');
  if (digest === EMPTY_TAR) return reply(parts, wanted, null, 0);
  const layer: Layer = {
    blob: { mediaType: LAYER_TYPE, digest, size },
    diffId: digest,
    chainId: chainIds([...wanted.diffIds, digest]).at(-1)!,
    parentChainId,
  };
  const unpin = await parts.layers.pin([layer]);
  try {
    await parts.layers.adopt(layer);
    // Not the client's signal: an image that is half made is finished, as dockerd does.
    return reply(parts, wanted, layer, await parts.layers.unpack(layer, new AbortController().signal));
  } catch (err) {
    unpin();
    await parts.layers.collect().catch((e) => req.log.warn({ err: e }, 'sweeping after a failed commit'));
    throw err;
  } finally {
    unpin();
  }
}

/** Writes the records; they are all that makes an image one. */
function reply(parts: CreateParts, wanted: CreateRequest, layer: Layer | null, size: number): CoalReply {
  const { records } = parts;
  const below = layersBelow(records, wanted.origin);
  const config = withLayer(wanted.config, wanted.diffIds, layer);
  const text = JSON.stringify(config);
  const digest = digestOf(text);
  const record = layer ? layerRecord(parts, wanted, { below, layer, size, config }) : wanted.origin;
  const own = record ?? scratchRecord(parts, wanted, config);
  records.putImage([own], { digest, text, at: Date.now() });
  const all = own === wanted.origin || own.layerDigest === null ? below : [...below, own];
  const manifest = JSON.stringify(dockerManifest(all, digest, text));
  return {
    status: 200,
    body: {
      type: 'create-docker-image',
      id: digest,
      config_digest: digest,
      head: true,
      image: config,
      image_uuid: own.manifest.uuid,
      manifest_digest: digestOf(manifest),
      manifest_str: manifest,
      size: all.reduce((sum, one) => sum + (one.manifest.files[0]?.uncompressedSize ?? 0), 0),
      dockerImageVersion: '2.2',
    },
  };
}

function layerRecord(
  { adminUuid }: CreateParts,
  { repo }: CreateRequest,
  made: { below: ImageRecord[]; layer: Layer; size: number; config: Record<string, unknown> },
): ImageRecord {
  const { layer, config } = made;
  const { digest, mediaType, size } = layer.blob;
  const digests = [...made.below.map((one) => one.layerDigest ?? ''), digest];
  const facts = { digests, mediaType, size, uncompressedSize: made.size, diffId: layer.diffId };
  const manifest = layerManifest(facts, { config, repo, owner: adminUuid, public: false });
  const tags = { ...manifest.tags, 'docker:made': true };
  return { manifest: { ...manifest, tags }, chainId: layer.chainId, layerDigest: digest };
}

function scratchRecord(
  { adminUuid, records }: CreateParts,
  { repo }: CreateRequest,
  config: Record<string, unknown>,
): ImageRecord {
  const known = records.get(imageUuid([]));
  if (known) return known;
  const facts = { digests: [], mediaType: '', size: 0, uncompressedSize: 0, diffId: '' };
  const manifest = layerManifest(facts, { config, repo, owner: adminUuid, public: false });
  return { manifest, chainId: null, layerDigest: null };
}

/** Base first. */
function layersBelow(records: ImageRecords, origin: ImageRecord | null): ImageRecord[] {
  const found: ImageRecord[] = [];
  for (let at = origin; at !== null && at.layerDigest !== null; ) {
    found.unshift(at);
    const below: string | undefined = at.manifest.origin;
    at = below === undefined ? null : records.get(below);
  }
  return found;
}

/** Pure. */
export function withLayer(
  config: Record<string, unknown>,
  diffIds: readonly string[],
  layer: Pick<Layer, 'diffId'> | null,
): Record<string, unknown> {
  const history = Array.isArray(config.history) ? [...config.history] : [];
  const last = history.pop() as object | undefined;
  if (last !== undefined) history.push(layer ? last : { ...last, empty_layer: true });
  const all = layer ? [...diffIds, layer.diffId] : diffIds;
  return { ...config, rootfs: { type: 'layers', diff_ids: all }, history };
}

function dockerManifest(layers: readonly ImageRecord[], digest: string, config: string): object {
  return {
    schemaVersion: 2,
    mediaType: MANIFEST_TYPE,
    config: { mediaType: CONFIG_TYPE, digest, size: Buffer.byteLength(config) },
    layers: layers.map(({ manifest, layerDigest }) => ({
      mediaType: mediaTypeOf(manifest),
      digest: layerDigest,
      size: manifest.files[0]?.size ?? 0,
    })),
  };
}

function mediaTypeOf({ files }: ImageManifest): string {
  const compression = files[0]?.compression ?? 'none';
  return compression === 'none' ? LAYER_TYPE : `${LAYER_TYPE}+${compression}`;
}

function parseRequest(records: ImageRecords, req: CoalRequest): CreateRequest {
  const { origin: uuid, config, vm_uuid: vm, pause, repo } = req.body;
  const origin = uuid === undefined ? null : records.get(String(uuid));
  if (uuid !== undefined && origin === null)
    throw new TritonError('ResourceNotFound', 404, `image ${String(uuid)} not found`);
  const text = JSON.stringify(config ?? null);
  const layers = layersBelow(records, origin).length;
  const { json, diffIds } = parseImageConfig(text, layers);
  if ((chainIds(diffIds).at(-1) ?? null) !== (origin?.chainId ?? null))
    throw invalidParameter('config', 'its layers are not those of the origin');
  if (vm !== undefined && !isUuid(String(vm))) throw invalidParameter('vm_uuid', 'not a uuid');
  return {
    origin,
    config: json,
    diffIds,
    vm: vm === undefined ? null : { uuid: String(vm), pause: pause === true },
    repo: typeof repo === 'string' ? repo : '',
  };
}

function invalidParameter(field: string, message: string): TritonError {
  return new TritonError('InvalidParameter', 422, message, [{ field, code: 'Invalid', message }]);
}

function digestOf(text: string): string {
  return `sha256:${createHash('sha256').update(text).digest('hex')}`;
}
