// GET /networks: its filters over the networks that there are.
import type { Network } from '#lib/wire/types.ts';
import {
  bool,
  type Check,
  integer,
  oneOf,
  PAGING,
  page,
  type Schema,
  strictQuery,
  text,
  uuid,
} from './params.ts';

/** A uuid or its beginning and a star; the client writes characters as \xx (triton-wire §5.3). */
const uuidPattern: Check = (value) => {
  const plain = String(value).replaceAll(/\\([0-9a-f]{2})/gi, (_, hex: string) =>
    String.fromCharCode(Number.parseInt(hex, 16)),
  );
  return /^[0-9a-f-]{1,35}\*$|^[0-9a-f-]{36}$/.test(plain)
    ? { value: plain }
    : { complaint: 'invalid UUID or UUID prefix' };
};

const SCHEMA: Schema = {
  uuid: uuidPattern,
  fabric: bool,
  family: oneOf('ipv4', 'ipv6'),
  name: text,
  nic_tag: text,
  owner_uuid: uuid,
  provisionable_by: uuid,
  vlan_id: integer(0, 4094),
  ...PAGING,
};

/**
 * Those that match all filters, by name. owner_uuid finds only networks with that owner; provisionable_by also those without
 * one, which are everybody's; where both are given owner_uuid counts. A name alone finds no fabric, with provisionable_by or
 * fabric=true it does. Throws TritonError InvalidParameters 422.
 */
export function selectNetworks(all: Network[], query: Record<string, string>): Network[] {
  const wanted = strictQuery(query, SCHEMA);
  const found = all.filter((network) => matches(network, wanted));
  return page(
    found.sort((a, b) => a.name.localeCompare(b.name)),
    wanted,
  );
}

function matches(network: Network, wanted: Record<string, unknown>): boolean {
  for (const field of ['family', 'name', 'nic_tag', 'vlan_id'] as const) {
    if (wanted[field] !== undefined && network[field] !== wanted[field]) return false;
  }
  const isFabric = network.fabric === true;
  if (wanted.fabric !== undefined && isFabric !== wanted.fabric) return false;
  if (isFabric && wanted.name !== undefined && !wanted.fabric && !wanted.provisionable_by) return false;
  return matchesUuid(network.uuid, wanted.uuid) && matchesOwner(network, wanted);
}

function matchesUuid(own: string, pattern: unknown): boolean {
  if (typeof pattern !== 'string') return true;
  return pattern.endsWith('*') ? own.startsWith(pattern.slice(0, -1)) : own === pattern;
}

function matchesOwner({ owner_uuids }: Network, wanted: Record<string, unknown>): boolean {
  const { owner_uuid, provisionable_by } = wanted as { owner_uuid?: string; provisionable_by?: string };
  if (owner_uuid !== undefined) return owner_uuids?.includes(owner_uuid) ?? false;
  return provisionable_by === undefined || (owner_uuids?.includes(provisionable_by) ?? true);
}
