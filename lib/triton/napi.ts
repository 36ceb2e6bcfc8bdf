// NAPI as promises: the networks that an owner may use.
import NAPI from 'sdc-clients/lib/napi.js';
import type { Network } from '#lib/wire/types.ts';
import { call, type Endpoint, READ } from './call.ts';
import type { NapiClient } from './types.ts';

/** A NAPI client. */
export function createNapiClient(at: Endpoint): NapiClient & { close(): void } {
  const client = new NAPI(at.options);
  return {
    listNetworks: async (query, ctx) =>
      (await call<Network[]>(at.service, ctx, (o, cb) => client.listNetworks(query, o, cb), READ)).body,
    getNetwork: async (uuid, opts, ctx) =>
      (
        await call<Network>(
          at.service,
          ctx,
          (o, cb) => client.get({ ...o, path: `/networks/${uuid}`, query: { ...opts } }, cb),
          READ,
        )
      ).body,
    close: () => client.close(),
  };
}
