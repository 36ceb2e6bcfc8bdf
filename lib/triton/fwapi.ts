// FWAPI as promises: the firewall rules.
import FWAPI from 'sdc-clients/lib/fwapi.js';
import type { FwRule } from '#lib/fw-rules/rule.ts';
import { call, type Endpoint } from './call.ts';
import type { FwapiClient } from './types.ts';

/** An FWAPI client. */
export function createFwapiClient(at: Endpoint): FwapiClient & { close(): void } {
  const client = new FWAPI(at.options);
  return {
    listRules: async (query, ctx) =>
      (
        await call<FwRule[]>(at.service, ctx, (o, cb) =>
          client.get({ ...o, path: '/rules', query: { ...query } }, cb),
        )
      ).body,
    createRule: async (rule, ctx) =>
      (await call<FwRule>(at.service, ctx, (o, cb) => client.createRule(rule, o, cb))).body,
    deleteRule: async (uuid, query, ctx) => {
      await call(at.service, ctx, (o, cb) =>
        client.del({ ...o, path: `/rules/${uuid}`, query: { ...query } }, cb),
      );
    },
    close: () => client.close(),
  };
}
