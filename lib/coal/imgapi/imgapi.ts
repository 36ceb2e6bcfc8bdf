// CoaL's IMGAPI: Docker layers as Triton images, kept in containerd on this machine.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type Logger from 'bunyan';
import type { AgentImage, CnAgent } from '#lib/cn-agent/types.ts';
import type { Containerd } from '#lib/containerd/types.ts';
import { createRegistryClient } from '#lib/registry/client.ts';
import type { RegistrySettings } from '#lib/registry/endpoints.ts';
import { TritonError } from '#lib/wire/errors.ts';
import { isUuid } from '#lib/wire/uuid.ts';
import type { TaskRunner } from '../cnapi/task-runner.ts';
import type { CoalReply, CoalRequest, CoalRoute, CoalService } from '../types.ts';
import { type CreateParts, createDockerImage } from './create-docker-image.ts';
import { type ImportParts, importDockerImage } from './import-docker-image.ts';
import { createLayerStore, type LayerStore } from './layer-store.ts';
import { selectImages } from './list-images.ts';
import { type ImageRecord, type ImageRecords, openImageRecords } from './records.ts';

const VERSION = '4.13.1';

export interface ImgapiOptions {
  /** CoaL's state directory: images.db goes there. */
  stateDir: string;
  containerd: Containerd;
  /** The compute node's: a layer on which a VM stands stays. */
  unlessLayerUsed: CnAgent['unlessLayerUsed'];
  registry: RegistrySettings;
  adminUuid: string;
  /** The compute node's tasks, for images made of VMs. */
  tasks: Pick<TaskRunner, 'run'>;
  log: Logger;
}

export type Imgapi = CoalService & {
  /**
   * For machine_create: the image's snapshot and configuration; null when it is not here. Of the configurations that stand on the same
   * layers the one with that digest, else the newest.
   */
  agentImage(uuid: string, configDigest?: string): Promise<AgentImage | null>;
};

/** Opens the records at once; what an interrupted pull left behind is swept up in the background, pulls wait for it. */
export async function createImgapi(opts: ImgapiOptions): Promise<Imgapi> {
  const log = opts.log.child({ component: 'imgapi' });
  mkdirSync(opts.stateDir, { recursive: true });
  const records = openImageRecords(join(opts.stateDir, 'images.db'));
  const layers = createLayerStore({ ...opts.containerd, unlessUsed: opts.unlessLayerUsed }, records, log);
  const registry = createRegistryClient(opts.registry, log);
  const ready = layers.collect().catch((err) => log.warn({ err }, 'sweeping up after the last run failed'));
  return {
    name: 'imgapi',
    server: `imgapi/${VERSION}`,
    routes: routes({ registry, layers, records, ready, adminUuid: opts.adminUuid, tasks: opts.tasks }),
    agentImage: agentImages(records),
    async close() {
      registry.close();
      await ready;
      records.close();
    },
  };
}

function routes(parts: ImportParts & CreateParts): CoalRoute[] {
  const { records, layers } = parts;
  return [
    {
      name: 'Ping',
      method: 'GET',
      path: '/ping',
      handler: async () => ok({ ping: 'pong', version: VERSION, imgapi: true, pid: process.pid }),
    },
    {
      name: 'ListImages',
      method: 'GET',
      path: '/images',
      handler: async (req) => ok(selectImages(records.list(), req.query)),
    },
    {
      name: 'GetImage',
      method: 'GET',
      path: '/images/:uuid',
      handler: async (req) => ok(recordOf(records, req).manifest),
    },
    {
      name: 'DeleteImage',
      method: 'DELETE',
      path: '/images/:uuid',
      handler: (req) => deleteImage(records, layers, req),
    },
    {
      name: 'ImportDockerImage',
      method: 'POST',
      path: '/images',
      handler: (req) => importRoute(parts, req),
    },
  ];
}

async function importRoute(parts: ImportParts & CreateParts, req: CoalRequest): Promise<CoalReply> {
  if (req.query.action === 'create-docker-image') return createDockerImage(parts, req);
  if (req.query.action === 'import-docker-image') return importDockerImage(parts, req);
  throw new TritonError('NotImplemented', 400, 'CoaL imports images from Docker registries only');
}

async function deleteImage(records: ImageRecords, layers: LayerStore, req: CoalRequest): Promise<CoalReply> {
  const { manifest, chainId, layerDigest } = recordOf(records, req);
  const { uuid } = manifest;
  if (records.hasChildren(uuid)) {
    throw new TritonError('ImageHasDependentImages', 422, `image ${uuid} has dependent images`);
  }
  records.delete(uuid);
  await layers.collect({ chainId, digest: layerDigest });
  return { status: 204 };
}

function recordOf(records: ImageRecords, req: CoalRequest): ImageRecord {
  const uuid = req.params.uuid ?? '';
  if (!isUuid(uuid)) throw new TritonError('ResourceNotFound', 404, `/images/${uuid} does not exist`);
  const record = records.get(uuid);
  if (record === null) throw new TritonError('ResourceNotFound', 404, `image ${uuid} not found`);
  return record;
}

/** Every create asks; what is known stays until the records change. */
function agentImages(records: ImageRecords): Imgapi['agentImage'] {
  let known = new Map<string, AgentImage>();
  let version = records.version();
  return async (uuid, configDigest = '') => {
    if (version !== records.version()) known = new Map();
    version = records.version();
    const key = `${uuid} ${configDigest}`;
    const image = known.get(key) ?? agentImage(records, uuid, configDigest);
    if (image !== null) known.set(key, image);
    return image;
  };
}

function agentImage(records: ImageRecords, uuid: string, configDigest = ''): AgentImage | null {
  const record = records.get(uuid);
  if (record === null) return null;
  const config = records.configOn(uuid, configDigest) ?? records.latestConfig(uuid);
  return {
    uuid,
    chainId: record.chainId,
    config: config === null ? {} : (JSON.parse(config) as Record<string, unknown>),
  };
}

function ok(body: unknown): CoalReply {
  return { status: 200, body };
}
