// POST /fabrics/:owner/vlans/:vlan/networks: a subnet of an owner's own.

import { randomUUID } from 'node:crypto';
import { isIP } from 'node:net';
import type { FieldError } from '#lib/wire/errors.ts';
import { cidrsOverlap, contains, type IpBlock, parseBlock, parseIp } from '#lib/wire/ip.ts';
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

const ip: Check = (value) => (isIP(String(value)) !== 0 ? { value } : { complaint: 'invalid IP address' });
const ips: Check = (value) =>
  Array.isArray(value) && value.every((one) => isIP(String(one)) !== 0)
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
  // Ours: the nics of the network reach each other; what leaves gets the machine's address.
  peers: bool,
  masquerade: bool,
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
  peers?: boolean;
  masquerade?: boolean;
}

/**
 * The checked body. `machine`: subnets that lead elsewhere from this machine. Throws TritonError InvalidParameters 422 with what is
 * wrong, as NAPI says it (triton-wire §8).
 */
export function readFabricNetwork(
  body: Record<string, unknown>,
  vlan: VlanView,
  known: { networks: Pick<OpenNetwork, 'row'>[]; machine: string[]; mtu: number },
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
      ...(given.peers === false ? { peers: false } : {}),
      ...(given.masquerade === false ? { masquerade: false } : {}),
      description: given.description ?? null,
    },
  };
}

function checkAddresses(given: Given): void {
  const block = parseBlock(given.subnet);
  if (block === null || !isSubnet(block, given.subnet))
    throw invalidParameters([invalidParameter('subnet', 'Subnet must be in CIDR form')]);
  const errors: FieldError[] = [];
  for (const field of ['provision_start_ip', 'provision_end_ip', 'gateway'] as const) {
    const at = parseIp(given[field] ?? '');
    if (given[field] === undefined || at === null) continue;
    if (!contains(block, at)) errors.push(invalidParameter(field, `${field} must be within subnet`));
    else if (block.family === 4 && at.value === block.last)
      errors.push(invalidParameter(field, `${field} cannot be the broadcast address`));
  }
  const [start, end] = [given.provision_start_ip, given.provision_end_ip].map((text) => parseIp(text)?.value);
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
  { networks, machine }: { networks: Pick<OpenNetwork, 'row'>[]; machine: string[] },
): void {
  const own = networks.filter(({ row }) => row.fabric?.owner_uuid === owner);
  if (own.some(({ row }) => row.name === given.name)) {
    const error = { field: 'name', code: 'Duplicate', message: 'Already exists' };
    throw invalidParameters([error], 'name is in use by another network');
  }
  const uuidTaken = given.uuid !== undefined && networks.some(({ row }) => row.uuid === given.uuid);
  if (uuidTaken) throw invalidParameters([{ field: 'uuid', code: 'Duplicate', message: 'Already exists' }]);
  const other = networks.find(({ row }) => cidrsOverlap(row.subnet, given.subnet));
  if (!other && !machine.some((subnet) => cidrsOverlap(subnet, given.subnet))) return;
  const named = other && own.includes(other) ? { type: 'network', id: other.row.uuid } : {};
  const message = 'subnet overlaps with another network';
  const error = { ...named, code: 'UsedBy', message, field: 'subnet' };
  throw invalidParameters([error]);
}

/** Its first address, and four of them at least. */
function isSubnet(block: IpBlock, text: string): boolean {
  const [first = ''] = text.split('/');
  return parseIp(first)?.value === block.first && block.prefix <= (block.family === 4 ? 30 : 126);
}
