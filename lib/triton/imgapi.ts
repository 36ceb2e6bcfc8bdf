// IMGAPI as promises: manifests, and the pull from a registry as a stream of lines.
import IMGAPI from 'sdc-clients/lib/imgapi.js';
import type { CreatedDockerImage, ImageManifest } from '#lib/wire/types.ts';
import { call, type Endpoint, READ } from './call.ts';
import { importDockerImage } from './import-docker-image.ts';
import { settle } from './repeat-write.ts';
import type { ImgapiClient } from './types.ts';

/** An IMGAPI client. sdc-clients' own methods here take no request id, so its inner JSON client is used. */
export function createImgapiClient(at: Endpoint): ImgapiClient & { close(): void } {
  const { client, close } = bound(new IMGAPI(at.options));
  return {
    getImage: async (uuid, ctx) =>
      (
        await call<ImageManifest>(
          at.service,
          ctx,
          (o, cb) =>
            client.get({ ...o, path: `/images/${uuid}` }, (err, req, res, body) => cb(err, body, req, res)),
          READ,
        )
      ).body,
    listImages: async (query, ctx) =>
      (
        await call<ImageManifest[]>(
          at.service,
          ctx,
          (o, cb) =>
            client.get({ ...o, path: '/images', query }, (err, req, res, body) => cb(err, body, req, res)),
          READ,
        )
      ).body,
    deleteImage: async (uuid, ctx) => {
      const remove = () =>
        call(at.service, ctx, (o, cb) =>
          client.del({ ...o, path: `/images/${uuid}` }, (err, req, res, body) => cb(err, body, req, res)),
        );
      await settle<unknown>({ send: remove, doneMeans: ['ResourceNotFound', 'ImageNotFound'], answer: {} });
    },
    createDockerImage: async (wanted, ctx) =>
      (
        await call<CreatedDockerImage>(
          at.service,
          ctx,
          (o, cb) =>
            client.post(
              { ...o, path: '/images', query: { action: 'create-docker-image' } },
              wanted,
              (err, req, res, body) => cb(err, body, req, res),
            ),
          READ,
        )
      ).body,
    importDockerImage: (opts, ctx) => importDockerImage(at, opts, ctx),
    close,
  };
}

function bound(imgapi: IMGAPI): { client: IMGAPI['client']; close(): void } {
  return { client: imgapi.client, close: () => imgapi.close() };
}
