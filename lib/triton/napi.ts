// NAPI as promises: the networks that an owner may use, and the owner's own fabrics.
import NAPI from 'sdc-clients/lib/napi.js';
import { orNull } from '#lib/wire/errors.ts';
import type { Network } from '#lib/wire/types.ts';
import { type Answer, call, type Endpoint, READ, type RequestOptions } from './call.ts';
import { settle } from './repeat-write.ts';
import { sharedRead } from './shared-read.ts';
import type { CallContext, NapiClient, NetworkIp } from './types.ts';

/** The most that NAPI gives at once. */
const PAGE = 1000;

/** A NAPI client. */
export function createNapiClient(at: Endpoint): NapiClient & { close(): void } {
  const client = new NAPI(at.options);
  async function write<T>(ctx: CallContext, send: (o: RequestOptions, cb: Answer) => void): Promise<T> {
    return (await call<T>(at.service, ctx, send)).body;
  }
  /** For what may be asked twice. */
  async function again<T>(ctx: CallContext, send: (o: RequestOptions, cb: Answer) => void): Promise<T> {
    return (await call<T>(at.service, ctx, send, READ)).body;
  }
  const getNetwork: NapiClient['getNetwork'] = (uuid, opts, ctx) =>
    again(ctx, (o, cb) => client.get({ ...o, path: `/networks/${uuid}`, query: { ...opts } }, cb));
  const getVlan: NapiClient['getVlan'] = (owner, vlanId, ctx) =>
    again(ctx, (o, cb) => client.get({ ...o, path: vlanPath(owner, vlanId) }, cb));
  return {
    listNetworks: sharedRead<Parameters<NapiClient['listNetworks']>[0], Network[]>(at.service, (query, ctx) =>
      again(ctx, (o, cb) => client.listNetworks(query, o, cb)),
    ),
    getNetwork,
    listVlans: (owner, ctx) => again(ctx, (o, cb) => client.get({ ...o, path: vlansPath(owner) }, cb)),
    getVlan,
    createVlan: (owner, vlan, ctx) =>
      settle({
        send: () => write(ctx, (o, cb) => client.post({ ...o, path: vlansPath(owner) }, vlan, cb)),
        wasDone: async () => {
          const found = await orNull(getVlan(owner, vlan.vlan_id, ctx));
          return found?.name === vlan.name ? found : null;
        },
      }),
    deleteVlan: (owner, vlanId, ctx) =>
      again(ctx, (o, cb) => client.del({ ...o, path: vlanPath(owner, vlanId) }, cb)),
    createFabricNetwork: (owner, vlanId, network, ctx) =>
      settle({
        send: () =>
          write(ctx, (o, cb) => client.post({ ...o, path: networksPath(owner, vlanId) }, network, cb)),
        wasDone: () => orNull(getNetwork(network.uuid, {}, ctx)),
      }),
    deleteFabricNetwork: (owner, vlanId, uuid, ctx) =>
      again(ctx, (o, cb) => client.del({ ...o, path: `${networksPath(owner, vlanId)}/${uuid}` }, cb)),
    listIps: async (networkUuid, ctx) => {
      const path = `/networks/${networkUuid}/ips`;
      const ips: NetworkIp[] = [];
      for (;;) {
        const query = { limit: PAGE, offset: ips.length };
        const page = await again<NetworkIp[]>(ctx, (o, cb) => client.get({ ...o, path, query }, cb));
        ips.push(...page);
        if (page.length < PAGE) return ips;
      }
    },
    reserveIp: async (networkUuid, ip, ctx) => {
      const path = `/networks/${networkUuid}/ips/${ip}`;
      await again(ctx, (o, cb) => client.put({ ...o, path }, { reserved: true }, cb));
    },
    close: () => client.close(),
  };
}

function vlansPath(owner: string): string {
  return `/fabrics/${owner}/vlans`;
}

function vlanPath(owner: string, vlanId: number): string {
  return `${vlansPath(owner)}/${vlanId}`;
}

function networksPath(owner: string, vlanId: number): string {
  return `${vlanPath(owner, vlanId)}/networks`;
}
