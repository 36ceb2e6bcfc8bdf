// VOLAPI as promises: the volumes of an owner.
import { setTimeout as delay } from 'node:timers/promises';
import VOLAPI from 'sdc-clients/lib/volapi.js';
import { hasRestCode, TritonError } from '#lib/wire/errors.ts';
import type { Volume } from '#lib/wire/types.ts';
import { type Answer, call, type Endpoint, READ, type RequestOptions } from './call.ts';
import { settle } from './repeat-write.ts';
import type { CallContext, VolapiClient } from './types.ts';

/** VOLAPI tells of nothing: the real sdc-docker too asks once a second, ten minutes at most. */
const POLL_MS = 1000;
const POLLS = 600;

/** A VOLAPI client. */
export function createVolapiClient(at: Endpoint): VolapiClient & { close(): void } {
  const client = new VOLAPI({ ...at.options, userAgent: 'sdc-docker' });

  async function run<T>(ctx: CallContext, send: (o: RequestOptions, cb: Answer) => void): Promise<T> {
    return (await call<T>(at.service, ctx, send)).body;
  }
  async function read<T>(ctx: CallContext, path: string, query: Record<string, unknown>): Promise<T> {
    return (await call<T>(at.service, ctx, (o, cb) => client.get({ ...o, path, query }, cb), READ)).body;
  }
  const get = (uuid: string, owner_uuid: string, ctx: CallContext) =>
    read<Volume>(ctx, `/volumes/${uuid}`, { owner_uuid });
  const listVolumes: VolapiClient['listVolumes'] = (query, ctx) => read(ctx, '/volumes', query);
  const whenReady = async (made: Volume, ctx: CallContext): Promise<Volume> => {
    let volume = made;
    for (let polls = 0; volume.state === 'creating' && polls < POLLS; polls++) {
      await delay(POLL_MS);
      volume = await get(volume.uuid, volume.owner_uuid, ctx);
    }
    if (volume.state === 'ready') return volume;
    throw new TritonError('VolumeCreateFailed', 500, `volume ${volume.name} is ${volume.state}`);
  };

  return {
    listVolumes,
    async createVolume(params, ctx) {
      const made = await settle<Volume>({
        send: () => run(ctx, (o, cb) => client.post({ ...o, path: '/volumes' }, params, cb)),
        wasDone: async () => {
          const { owner_uuid, name } = params;
          return (await listVolumes({ owner_uuid, name }, ctx))[0] ?? null;
        },
      });
      return whenReady(made, ctx);
    },
    async deleteVolume(uuid, { owner_uuid }, ctx) {
      await settle<unknown>({
        send: () =>
          run(ctx, (o, cb) => client.del({ ...o, path: `/volumes/${uuid}`, query: { owner_uuid } }, cb)),
        doneMeans: ['VolumeNotFound'],
        answer: {},
      });
      await whenGone(() => get(uuid, owner_uuid, ctx));
    },
    close: () => client.close(),
  };
}

async function whenGone(look: () => Promise<Volume>): Promise<void> {
  for (let polls = 0; polls < POLLS; polls++) {
    try {
      const { state, name } = await look();
      if (state !== 'deleting')
        throw new TritonError('VolumeDeleteFailed', 500, `volume ${name} is ${state}`);
    } catch (err) {
      if (hasRestCode(err, 'VolumeNotFound')) return;
      throw err;
    }
    await delay(POLL_MS);
  }
}
