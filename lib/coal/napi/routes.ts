// NAPI's routes over networks, addresses and nics.

import { TritonError } from '#lib/wire/errors.ts';
import type { CoalReply, CoalRequest, CoalRoute } from '../types.ts';
import { createNic } from './create-nic.ts';
import { fabricRoutes } from './fabric-routes.ts';
import { ipRoutes } from './ip-routes.ts';
import { selectNetworks } from './list-networks.ts';
import { selectNics } from './list-nics.ts';
import { parseMac } from './mac.ts';
import { NIC_TAG, type OpenNetwork, OVERLAY_TAG } from './network.ts';
import type { Networks } from './networks.ts';
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
import { etagOf, nicOf } from './views.ts';
import type { Vlans } from './vlans.ts';

export interface NapiParts {
  networks: Networks;
  vlans: Vlans;
  nics: Nics;
  adminUuid: string;
  serverUuid: string;
  /** Subnets that this machine reaches by other ways than these networks. */
  machineSubnets(): Promise<string[]>;
  /** Takes away what the machine has of a network that is about to go. */
  onNetworkGone(uuid: string): Promise<void>;
}

/** Filters of GET /network_pools; there is no pool. */
const POOLS: Schema = {
  family: text,
  name: text,
  networks: text,
  provisionable_by: uuid,
  uuid: text,
  ...PAGING,
};

export function routes(parts: NapiParts): CoalRoute[] {
  return [...networkRoutes(parts), ...ipRoutes(parts), ...nicRoutes(parts), ...fabricRoutes(parts)];
}

function networkRoutes({ networks }: NapiParts): CoalRoute[] {
  const config = { fabrics_enabled: true, subnet_alloc_enabled: false };
  return [
    route('Ping', 'GET', '/ping', () => ok({ config, healthy: true, services: {}, status: 'OK' })),
    route('ListNetworks', 'GET', '/networks', (req) =>
      ok(
        selectNetworks(
          networks.ofBothFamilies().map((network) => network.view()),
          req.query,
        ),
      ),
    ),
    route('GetNetwork', 'GET', '/networks/:uuid', (req) => {
      const { provisionable_by } = checked(req.query, { provisionable_by: uuid });
      const found = (networks.getIpv6(req.params.uuid ?? '') ?? networkOf(networks, req)).view();
      const mine = found.owner_uuids?.includes(String(provisionable_by)) ?? true;
      if (provisionable_by !== undefined && !mine)
        throw new TritonError('NotAuthorized', 403, 'owner cannot provision on network');
      return tagged(found);
    }),
    route('ListNetworkPools', 'GET', '/network_pools', (req) => {
      strictQuery(req.query, POOLS);
      return ok([]);
    }),
    route('ListNicTags', 'GET', '/nic_tags', (req) => {
      const { row, view } = networks.standard;
      const { mtu } = view();
      const tags = [
        { mtu, name: NIC_TAG, uuid: row.nic_tag_uuid },
        // Of the same beginning for ever; a tag that nobody can make or delete needs no record.
        { mtu, name: OVERLAY_TAG, uuid: OVERLAY_UUID },
      ];
      return ok(page(tags, strictQuery(req.query, PAGING)));
    }),
  ];
}

const OVERLAY_UUID = '799041c9-6e09-43ae-a73c-000000000001';

function nicRoutes({ networks, nics, serverUuid }: NapiParts): CoalRoute[] {
  const views = () => {
    const shown = new Map(networks.all().map((network) => [network.row.uuid, network.view()]));
    return (nic: NicRow) => nicOf(nic, shown.get(nic.network_uuid)!, serverUuid);
  };
  return [
    route('ListNics', 'GET', '/nics', (req) => ok(selectNics(nics.all().map(views()), req.query))),
    route('GetNic', 'GET', '/nics/:mac', (req) => tagged(views()(nicFor(nics, req)))),
    route('ProvisionNic', 'POST', '/networks/:uuid/nics', (req) => {
      const network = networkOf(networks, req);
      return tagged(views()(createNic(nics, network, req.body)));
    }),
    route('DeleteNic', 'DELETE', '/nics/:mac', (req) => {
      nics.remove([nicFor(nics, req)]);
      return { status: 204 };
    }),
  ];
}

function networkOf(networks: Networks, req: CoalRequest): OpenNetwork {
  const network = networks.get(req.params.uuid ?? '');
  if (!network) throw new TritonError('ResourceNotFound', 404, 'network not found');
  return network;
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
