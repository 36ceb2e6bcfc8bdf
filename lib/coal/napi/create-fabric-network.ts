// POST /fabrics/:owner/vlans/:vlan/networks: a subnet of an owner's own.

import { randomUUID } from 'node:crypto';
import { isIPv4 } from 'node:net';
import type { FieldError } from '#lib/wire/errors.ts';
import { ipToNumber, overlaps } from '#lib/wire/ipv4.ts';
import { layOut } from './ipv4.ts';
import type { OpenNetwork } from './network.ts';
import type { NewFabricNetwork } from './networks.ts';
import {
  bool,
  type Check,
  checked,
  integer,
  invalidParameter,
  invalidParameters,
  type Schema,
  text,
  uuid,
} from './params.ts';
import type { VlanView } from './vlans.ts';

const REQUIRED = ['name', 'provision_end_ip', 'provision_start_ip', 'subnet'] as const;

const ip: Check = (value) => (isIPv4(String(value)) ? { value } : { complaint: 'invalid IP address' });
const ips: Check = (value) =>
  Array.isArray(value) && value.every((one) => isIPv4(String(one)))
    ? { value }
    : { complaint: 'must be an array of IPs' };

const SCHEMA: Schema = {
  uuid,
  name: text,
  subnet: text,
  provision_start_ip: ip,
  provision_end_ip: ip,
  gateway: ip,
  internet_nat: bool,
  resolvers: ips,
  description: text,
  // Ours: the real one takes that of the overlay.
  mtu: integer(576, 9000),
};

interface Given {
  uuid?: string;
  name: string;
  subnet: string;
  provision_start_ip: string;
  provision_end_ip: string;
  gateway?: string;
  internet_nat?: boolean;
  resolvers?: string[];
  description?: string;
  mtu?: number;
}

/**
 * The checked body. `machine`: subnets that lead elsewhere from this machine. Throws TritonError InvalidParameters 422 with what is
 * wrong, as NAPI says it (triton-wire §8).
 */
export function readFabricNetwork(
  body: Record<string, unknown>,
  vlan: VlanView,
  known: { networks: OpenNetwork[]; machine: string[]; mtu: number },
): NewFabricNetwork {
  const absent = REQUIRED.filter((field) => body[field] === undefined);
  if (absent.length > 0) {
    const errors = absent.map((field) => ({ field, code: 'MissingParameter', message: 'Missing parameter' }));
    throw invalidParameters(errors, 'Missing parameters');
  }
  const given = checked(body, SCHEMA) as unknown as Given;
  checkAddresses(given);
  checkFree(given, vlan.owner_uuid, known);
  return {
    uuid: given.uuid ?? randomUUID(),
    name: given.name,
    subnet: given.subnet,
    fabric: {
      v: 1,
      owner_uuid: vlan.owner_uuid,
      vlan_id: vlan.vlan_id,
      vnet_id: vlan.vnet_id,
      gateway: given.gateway ?? null,
      provision_start_ip: given.provision_start_ip,
      provision_end_ip: given.provision_end_ip,
      internet_nat: given.internet_nat ?? true,
      resolvers: given.resolvers ?? [],
      mtu: given.mtu ?? known.mtu,
      description: given.description ?? null,
    },
  };
}

function checkAddresses(given: Given): void {
  const layout = layoutOf(given.subnet);
  if (layout === null) throw invalidParameters([invalidParameter('subnet', 'Subnet must be in CIDR form')]);
  const { network, broadcast } = layout;
  const errors: FieldError[] = [];
  for (const field of ['provision_start_ip', 'provision_end_ip', 'gateway'] as const) {
    const at = ipToNumber(given[field] ?? '');
    if (given[field] === undefined || at === null) continue;
    if (at < network || at > broadcast)
      errors.push(invalidParameter(field, `${field} must be within subnet`));
    else if (at === broadcast)
      errors.push(invalidParameter(field, `${field} cannot be the broadcast address`));
  }
  const [start, end] = [given.provision_start_ip, given.provision_end_ip].map((text) => ipToNumber(text)!);
  if (errors.length === 0 && start! > end!) {
    for (const field of ['provision_start_ip', 'provision_end_ip']) {
      errors.push(invalidParameter(field, 'provision_start_ip must be before provision_end_ip'));
    }
  }
  if (errors.length > 0) throw invalidParameters(errors);
}

/**
 * One machine has one routing table: subnets of different owners may not overlap either, nor one that it reaches elsewhere. The
 * other network is named only to its owner.
 */
function checkFree(
  given: Given,
  owner: string,
  { networks, machine }: { networks: OpenNetwork[]; machine: string[] },
): void {
  const own = networks.filter(({ row }) => row.fabric?.owner_uuid === owner);
  if (own.some(({ row }) => row.name === given.name)) {
    const error = { field: 'name', code: 'Duplicate', message: 'Already exists' };
    throw invalidParameters([error], 'name is in use by another network');
  }
  const uuidTaken = given.uuid !== undefined && networks.some(({ row }) => row.uuid === given.uuid);
  if (uuidTaken) throw invalidParameters([{ field: 'uuid', code: 'Duplicate', message: 'Already exists' }]);
  const other = networks.find(({ row }) => overlaps(row.subnet, given.subnet));
  if (!other && !machine.some((subnet) => overlaps(subnet, given.subnet))) return;
  const named = other && own.includes(other) ? { type: 'network', id: other.row.uuid } : {};
  const message = 'subnet overlaps with another network';
  const error = { ...named, code: 'UsedBy', message, field: 'subnet' };
  throw invalidParameters([error]);
}

function layoutOf(subnet: string): ReturnType<typeof layOut> | null {
  try {
    return layOut(subnet);
  } catch {
    return null;
  }
}
