// NAPI's routes over the network and its nics.
import { TritonError } from '#lib/wire/errors.ts';
import type { CoalReply, CoalRequest, CoalRoute } from '../types.ts';
import { createNic } from './create-nic.ts';
import { ipToNumber } from './ipv4.ts';
import { selectNetworks } from './list-networks.ts';
import { selectIps, selectNics } from './list-nics.ts';
import { parseMac } from './mac.ts';
import { NIC_TAG, type OpenNetwork } from './network.ts';
import type { Nics } from './nics.ts';
import {
  checked,
  invalidParameter,
  invalidParameters,
  PAGING,
  page,
  type Schema,
  strictQuery,
  text,
  uuid,
} from './params.ts';
import type { NicRow } from './store.ts';
import { etagOf, ipOf, nicOf } from './views.ts';

export interface NapiParts {
  network: OpenNetwork;
  nics: Nics;
  adminUuid: string;
  serverUuid: string;
}

/** Filters of GET /network_pools; the machine's one network is in no pool. */
const POOLS: Schema = {
  family: text,
  name: text,
  networks: text,
  provisionable_by: uuid,
  uuid: text,
  ...PAGING,
};

export function routes(parts: NapiParts): CoalRoute[] {
  return [...networkRoutes(parts), ...ipRoutes(parts), ...nicRoutes(parts)];
}

function networkRoutes({ network }: NapiParts): CoalRoute[] {
  const config = { fabrics_enabled: false, subnet_alloc_enabled: false };
  return [
    route('Ping', 'GET', '/ping', () => ok({ config, healthy: true, services: {}, status: 'OK' })),
    route('ListNetworks', 'GET', '/networks', (req) => ok(selectNetworks([network.view()], req.query))),
    route('GetNetwork', 'GET', '/networks/:uuid', (req) => {
      checked(req.query, { provisionable_by: uuid });
      ours(network, req);
      return tagged(network.view());
    }),
    route('ListNetworkPools', 'GET', '/network_pools', (req) => {
      strictQuery(req.query, POOLS);
      return ok([]);
    }),
    route('ListNicTags', 'GET', '/nic_tags', (req) => {
      const { nic_tag_uuid } = network.row;
      const tags = [{ mtu: network.view().mtu, name: NIC_TAG, uuid: nic_tag_uuid }];
      return ok(page(tags, strictQuery(req.query, PAGING)));
    }),
  ];
}

/** Addresses that are somebody's, in order: the gateway, the nics', the broadcast address. */
function ipRoutes({ network, nics, adminUuid }: NapiParts): CoalRoute[] {
  const { gateway, broadcast } = network.layout;
  const view = (ip: number) => ipOf(ip, nics.at(ip), network, adminUuid);
  return [
    route('ListIPs', 'GET', '/networks/:uuid/ips', (req) => {
      ours(network, req);
      const held = nics.all().map((nic) => nic.ip);
      const all = [gateway, ...held, broadcast].sort((a, b) => a - b);
      return ok(selectIps(all.map(view), req.query));
    }),
    route('GetIP', 'GET', '/networks/:uuid/ips/:ip', (req) => {
      ours(network, req);
      const ip = ipToNumber(req.params.ip ?? '');
      if (ip === null) throw invalidParameters([invalidParameter('ip_addr', 'invalid IP address')]);
      if (ip < network.layout.network || ip > broadcast)
        throw new TritonError('ResourceNotFound', 404, 'IP is not in subnet');
      return tagged(view(ip));
    }),
  ];
}

function nicRoutes({ network, nics, serverUuid }: NapiParts): CoalRoute[] {
  const view = (nic: NicRow) => nicOf(nic, network.view(), serverUuid);
  return [
    route('ListNics', 'GET', '/nics', (req) => {
      const shown = network.view();
      const all = nics.all().map((nic) => nicOf(nic, shown, serverUuid));
      return ok(selectNics(all, req.query));
    }),
    route('GetNic', 'GET', '/nics/:mac', (req) => tagged(view(nicFor(nics, req)))),
    route('ProvisionNic', 'POST', '/networks/:uuid/nics', (req) => {
      ours(network, req);
      return tagged(view(createNic(nics, req.body)));
    }),
    route('DeleteNic', 'DELETE', '/nics/:mac', (req) => {
      nics.remove([nicFor(nics, req)]);
      return { status: 204 };
    }),
  ];
}

function ours(network: OpenNetwork, req: CoalRequest): void {
  if (req.params.uuid !== network.row.uuid)
    throw new TritonError('ResourceNotFound', 404, 'network not found');
}

function nicFor(nics: Nics, req: CoalRequest): NicRow {
  const mac = parseMac(req.params.mac ?? '');
  if (mac === null) throw invalidParameters([invalidParameter('mac', 'invalid MAC address')]);
  const nic = nics.get(mac);
  if (nic === null) throw new TritonError('ResourceNotFound', 404, 'nic not found');
  return nic;
}

function route(
  name: string,
  method: CoalRoute['method'],
  path: string,
  handler: (req: CoalRequest) => CoalReply,
): CoalRoute {
  return { name, method, path, handler: async (req) => handler(req) };
}

function ok(body: unknown): CoalReply {
  return { status: 200, body };
}

function tagged(body: object): CoalReply {
  return { status: 200, body, headers: { etag: etagOf(body) } };
}
