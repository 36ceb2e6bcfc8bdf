// PAPI as promises: the packages.
import PAPI from 'sdc-clients/lib/papi.js';
import type { Package } from '#lib/wire/types.ts';
import { call, type Endpoint, READ } from './call.ts';
import { sharedRead } from './shared-read.ts';
import type { PapiClient } from './types.ts';

/** A PAPI client. `filter` is an LDAP filter (triton-wire §5.5). */
export function createPapiClient(at: Endpoint): PapiClient & { close(): void } {
  const client = new PAPI(at.options);
  return {
    listPackages: sharedRead(
      at.service,
      async (filter: string, ctx) =>
        (await call<Package[]>(at.service, ctx, (o, cb) => client.list(filter, o, cb), READ)).body,
    ),
    getPackage: async (uuid, ctx) =>
      (await call<Package>(at.service, ctx, (o, cb) => client.get(uuid, o, cb), READ)).body,
    close: () => client.close(),
  };
}
