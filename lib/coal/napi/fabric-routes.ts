// NAPI's routes of fabrics: an owner's VLANs and the networks on them.
import { TritonError } from '#lib/wire/errors.ts';
import { isUuid } from '#lib/wire/uuid.ts';
import type { CoalReply, CoalRequest, CoalRoute } from '../types.ts';
import { readFabricNetwork } from './create-fabric-network.ts';
import type { Ipv6Network } from './ipv6-network.ts';
import { asFabricView, type OpenNetwork } from './network.ts';
import { checked, integer, invalidParameter, invalidParameters, type Schema, text } from './params.ts';
import type { NapiParts } from './routes.ts';
import { etagOf } from './views.ts';

const VLAN_ID = integer(0, 4094);
const VLAN: Schema = { name: text, description: text };

type FabricNetwork = OpenNetwork | Ipv6Network;
type Handler = (req: CoalRequest, owner: string) => Promise<CoalReply> | CoalReply;

export function fabricRoutes(parts: NapiParts): CoalRoute[] {
  const vlans = '/fabrics/:owner/vlans';
  const networks = `${vlans}/:vlan/networks`;
  return [
    route('ListFabricVLANs', 'GET', vlans, (_req, owner) => ok(parts.vlans.list(owner))),
    route('CreateFabricVLAN', 'POST', vlans, (req, owner) => createVlan(parts, req, owner)),
    route('GetFabricVLAN', 'GET', `${vlans}/:vlan`, (req, owner) =>
      tagged(parts.vlans.get(owner, vlanOf(req))),
    ),
    route('UpdateFabricVLAN', 'PUT', `${vlans}/:vlan`, (req, owner) =>
      tagged(parts.vlans.update(owner, vlanOf(req), checked(req.body, VLAN))),
    ),
    route('DeleteFabricVLAN', 'DELETE', `${vlans}/:vlan`, (req, owner) => deleteVlan(parts, req, owner)),
    route('ListFabricNetworks', 'GET', networks, (req, owner) => {
      const { vlan_id } = parts.vlans.get(owner, vlanOf(req));
      return ok(parts.networks.fabrics(owner, vlan_id).map((network) => asFabricView(network.view())));
    }),
    route('CreateFabricNetwork', 'POST', networks, (req, owner) => createNetwork(parts, req, owner)),
    route('GetFabricNetwork', 'GET', `${networks}/:uuid`, (req, owner) =>
      tagged(asFabricView(networkOf(parts, req, owner).view())),
    ),
    route('DeleteFabricNetwork', 'DELETE', `${networks}/:uuid`, (req, owner) =>
      deleteNetwork(parts, networkOf(parts, req, owner)),
    ),
  ];
}

function createVlan(parts: NapiParts, req: CoalRequest, owner: string): CoalReply {
  if (req.body.vlan_id === undefined) {
    const error = { field: 'vlan_id', code: 'MissingParameter', message: 'Missing parameter' };
    throw invalidParameters([error], 'Missing parameters');
  }
  const given = checked(req.body, { ...VLAN, vlan_id: VLAN_ID }) as {
    vlan_id: number;
    name?: string;
    description?: string;
  };
  const { vlan_id, name = `vlan${vlan_id}`, description = null } = given;
  return tagged(parts.vlans.add({ owner_uuid: owner, vlan_id, name, description }));
}

function deleteVlan(parts: NapiParts, req: CoalRequest, owner: string): CoalReply {
  const { vlan_id } = parts.vlans.get(owner, vlanOf(req));
  const on = parts.networks.fabrics(owner, vlan_id);
  if (on.length > 0) {
    const errors = on.map(({ row }) => usedBy('network', row.uuid));
    throw new TritonError('InUse', 422, 'VLAN must have no networks on it', errors);
  }
  parts.vlans.remove(owner, vlan_id);
  return { status: 204 };
}

async function createNetwork(parts: NapiParts, req: CoalRequest, owner: string): Promise<CoalReply> {
  const machine = await parts.machineSubnets();
  // Nothing is awaited from here on: what is found free stays so.
  const vlan = parts.vlans.get(owner, vlanOf(req));
  const { mtu } = parts.networks.standard.view();
  const made = readFabricNetwork(req.body, vlan, { networks: parts.networks.ofBothFamilies(), machine, mtu });
  return tagged(asFabricView(parts.networks.add(made).view()));
}

/** The bridge goes first: a network that is gone has none. */
async function deleteNetwork(parts: NapiParts, network: FabricNetwork): Promise<CoalReply> {
  const { uuid } = network.row;
  requireUnused(parts, network);
  await parts.onNetworkGone(uuid);
  // One may have come meanwhile; its bridge is made again at its start.
  requireUnused(parts, network);
  parts.networks.remove(uuid);
  parts.nics.forgetNetwork(network);
  return { status: 204 };
}

function requireUnused(parts: NapiParts, { row }: FabricNetwork): void {
  const on = parts.nics.holding(row.uuid);
  if (on.length === 0) return;
  const errors = on.map(({ mac }) => usedBy('nic', mac));
  throw new TritonError('InUse', 422, 'network must have no NICs provisioned', errors);
}

function usedBy(type: string, id: string) {
  const error = { type, id, code: 'UsedBy', message: `In use by ${type} "${id}"`, field: type };
  return error;
}

function networkOf(parts: NapiParts, req: CoalRequest, owner: string): FabricNetwork {
  const { vlan_id } = parts.vlans.get(owner, vlanOf(req));
  const found = parts.networks.fabrics(owner, vlan_id).find(({ row }) => row.uuid === req.params.uuid);
  if (!found) throw new TritonError('ResourceNotFound', 404, 'network not found');
  return found;
}

function vlanOf(req: CoalRequest): number {
  return (checked({ vlan_id: req.params.vlan }, { vlan_id: VLAN_ID }) as { vlan_id: number }).vlan_id;
}

function route(name: string, method: CoalRoute['method'], path: string, handler: Handler): CoalRoute {
  return {
    name,
    method,
    path,
    handler: async (req) => {
      const { owner = '' } = req.params;
      if (!isUuid(owner)) throw invalidParameters([invalidParameter('owner_uuid', 'invalid UUID')]);
      return handler(req, owner);
    },
  };
}

function ok(body: unknown): CoalReply {
  return { status: 200, body };
}

function tagged(body: object): CoalReply {
  return { status: 200, body, headers: { etag: etagOf(body) } };
}
