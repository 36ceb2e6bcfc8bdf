// NetworkCreate: POST /networks/create.
import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import type { NetworkRecord } from '#lib/store/types.ts';
import { cidrsOverlap, type Family } from '#lib/wire/ip.ts';
import type { Reply, Req } from '#src/context.ts';
import { conflict, DockerError, forbidden, invalid } from '#src/errors.ts';
import { networkIdOf } from '#src/vm/network-ids.ts';
import { outliving } from '#src/vm/outlive.ts';
import { toDockerError, tritonErrorIn } from '#src/vm/triton-errors.ts';
import { poolSubnets, withIpv6Pool } from './address-pools.ts';
import { toConfigRecord, withConfigFrom } from './config-networks.ts';
import { decodeNetwork, type NetworkRequest } from './decode.ts';
import { emitNetworkEvent } from './event.ts';
import { type AccountNetwork, networksOf } from './lookup.ts';
import { type AddressPlan, planAddresses } from './plan.ts';
import { type Owner, undoNetwork } from './remove-fabric.ts';
import { requireWords } from './require-words.ts';
import {
  asksToStayApart,
  asksToStayPlain,
  MTU_OPTION,
  validateNetwork,
  validateSettings,
} from './validate.ts';
import { configOf } from './validate-ipam.ts';
import { ipv6Name, vlanName } from './vlan-name.ts';

/** Below are Triton's own: 0 is no VLAN, 1 the default of switches. */
const FIRST_VLAN = 2;
const LAST_VLAN = 4094;

/** A fabric network of the account on a VLAN of its own (that is what keeps Docker's networks apart in a datacenter), or a record of settings. */
export async function networkCreate(req: Req): Promise<Reply> {
  const asked = decodeNetwork(await req.json());
  validateNetwork(asked);
  const all = await networksOf(req);
  if (all.some(({ resource }) => resource.Name === asked.name)) throw nameTaken(asked.name);
  const record = asked.configOnly ? keepConfig(req, asked) : await makeFabric(req, asked, all);
  const Id = networkIdOf(record.uuid);
  emitNetworkEvent(req, 'create', { Id, Name: record.name, Driver: record.driver });
  return { status: 201, body: { Id, Warning: '' } };
}

function keepConfig({ app, account }: Req, request: NetworkRequest): NetworkRecord {
  const made = { owner_uuid: account.uuid, uuid: randomUUID(), created: new Date().toISOString() };
  const record = toConfigRecord(request, made);
  app.store.networks.put(record);
  return record;
}

async function makeFabric(req: Req, asked: NetworkRequest, all: AccountNetwork[]): Promise<NetworkRecord> {
  const request = withConfigFrom(asked, all);
  validateSettings(request);
  await requireWords(req, request);
  return firstThatFits(req, request, all);
}

/** With a subnet asked for there is one try, else the pools are gone through until one is free; of each family on its own. */
async function firstThatFits(
  req: Req,
  request: NetworkRequest,
  all: AccountNetwork[],
): Promise<NetworkRecord> {
  const known = all
    .flatMap(({ network, network6 }) => [network, network6])
    .flatMap((one) => one?.subnet ?? []);
  const tries = { 4: plansOf(req, request, 4, known), 6: plansOf(req, request, 6, known) };
  let four = next(tries[4], null);
  let six = request.enableIPv6 ? next(tries[6], null) : null;
  for (;;) {
    try {
      return await make(req, request, { four, six });
    } catch (err) {
      if (!(err instanceof SubnetTaken)) throw err;
      if (six !== null && err.subnet === six.ipam.Subnet) six = next(tries[6], err);
      else four = next(tries[4], err);
    }
  }
}

function* plansOf(
  { app: { config } }: Req,
  request: NetworkRequest,
  family: Family,
  known: string[],
): Generator<AddressPlan> {
  const asked = configOf(request.ipam.config, family);
  if (asked?.Subnet) {
    yield planAddresses(asked, '');
    return;
  }
  const seed = [config.datacenterName, config.adminUuid, config.stateDir, hostname()].join(' ');
  for (const subnet of poolSubnets(withIpv6Pool(config.defaultAddressPools, seed), family))
    if (!known.some((other) => cidrsOverlap(other, subnet))) yield planAddresses(undefined, subnet);
}

/** `refusal`: of the one before; it stands where that was asked for and not of the pools. */
function next(plans: Generator<AddressPlan>, refusal: SubnetTaken | null): AddressPlan {
  const { value } = plans.next();
  if (value) return value;
  throw refusal?.wasAsked ? refusal : invalid('all predefined address pools have been fully subnetted');
}

interface Plans {
  four: AddressPlan;
  /** null: IPv4 only. */
  six: AddressPlan | null;
}

/**
 * Record, VLAN, network, reserved addresses, then the same of IPv6 on the same VLAN: a network of NAPI is of one family. Each undone when
 * a later one fails, by this daemon or, when it is killed, by its next life.
 */
async function make(req: Req, request: NetworkRequest, plans: Plans): Promise<NetworkRecord> {
  const { networks } = req.app.store;
  const { napi } = req.app.triton;
  const call = outliving(req.call);
  const owner: Owner = { store: networks, napi, call };
  const record = await takeVlan(owner, newRecord(req, request, plans));
  const { owner_uuid, vlan_id, uuid, name, network6_uuid } = record;
  const steps = [
    { plan: plans.four, network: payload(request, record, plans.four, { uuid, name }) },
    ...(plans.six && network6_uuid
      ? [
          {
            plan: plans.six,
            network: payload(request, record, plans.six, { uuid: network6_uuid, name: ipv6Name(uuid) }),
          },
        ]
      : []),
  ];
  for (const { plan, network } of steps) {
    try {
      await napi.createFabricNetwork(owner_uuid, vlan_id, network, call);
      for (const ip of plan.reserved) await napi.reserveIp(network.uuid, ip, call);
    } catch (err) {
      await undoNetwork(owner, record);
      throw creationError(err, request, network.subnet);
    }
  }
  const ready: NetworkRecord = { ...record, state: 'ready' };
  networks.put(ready);
  return ready;
}

/** The lowest free number; another daemon of the account may be at it too. */
async function takeVlan(owner: Owner, blank: NetworkRecord): Promise<NetworkRecord> {
  const { store, napi, call } = owner;
  const account = blank.owner_uuid;
  for (;;) {
    const taken = new Set((await ask(napi.listVlans(account, call))).map(({ vlan_id }) => vlan_id));
    let vlan_id = FIRST_VLAN;
    while (taken.has(vlan_id)) vlan_id++;
    if (vlan_id > LAST_VLAN) throw forbidden('the account has no VLAN left for one more network');
    const record = { ...blank, vlan_id };
    store.put(record);
    try {
      await napi.createVlan(account, { vlan_id, name: vlanName(record.uuid) }, call);
      return record;
    } catch (err) {
      store.delete(account, record.uuid);
      if (!tritonErrorIn(err)?.errors.some(({ code }) => code === 'Duplicate'))
        throw toDockerError(err, { ref: '' });
    }
  }
}

function newRecord(req: Req, request: NetworkRequest, { four, six }: Plans): NetworkRecord {
  return {
    owner_uuid: req.account.uuid,
    uuid: randomUUID(),
    network6_uuid: six ? randomUUID() : null,
    name: request.name,
    vlan_id: 0,
    state: 'making',
    created: new Date().toISOString(),
    driver: 'bridge',
    attachable: request.attachable,
    internal: request.internal,
    ipam: {
      Driver: request.ipam.driver || 'default',
      Options: request.ipam.options,
      Config: [four.ipam, ...(six ? [six.ipam] : [])],
    },
    options: request.options,
    labels: request.labels,
    ...(request.configFrom === '' ? {} : { config_from: request.configFrom }),
  };
}

function payload(
  request: NetworkRequest,
  record: NetworkRecord,
  plan: AddressPlan,
  names: { uuid: string; name: string },
) {
  const mtu = request.options[MTU_OPTION];
  return {
    ...names,
    subnet: plan.ipam.Subnet,
    provision_start_ip: plan.start,
    provision_end_ip: plan.end,
    gateway: plan.gateway,
    internet_nat: !record.internal,
    ...(mtu === undefined ? {} : { mtu: Number(mtu) }),
    ...(asksToStayApart(request) ? { peers: false } : {}),
    ...(asksToStayPlain(request) ? { masquerade: false } : {}),
  };
}

async function ask<T>(promise: Promise<T>): Promise<T> {
  try {
    return await promise;
  } catch (err) {
    throw toDockerError(err, { ref: '' });
  }
}

/** Of the network's own VLAN and name nothing can be wrong but what dockerd has words for. */
class SubnetTaken extends DockerError {
  readonly subnet: string;
  /** By the user. */
  readonly wasAsked: boolean;

  constructor(subnet: string, wasAsked: boolean, cause: Error) {
    super('forbidden', 'invalid pool request: Pool overlaps with other one on this address space', cause);
    this.subnet = subnet;
    this.wasAsked = wasAsked;
  }
}

function creationError(err: unknown, { name, ipam }: NetworkRequest, subnet: string): Error {
  const errors = tritonErrorIn(err)?.errors ?? [];
  if (errors.some(({ field, code }) => field === 'name' && code === 'Duplicate')) return nameTaken(name);
  if (errors.some(({ field, code }) => field === 'subnet' && code === 'UsedBy')) {
    const wasAsked = configOf(ipam.config, subnet.includes(':') ? 6 : 4)?.Subnet ?? '';
    return new SubnetTaken(subnet, wasAsked !== '', err as Error);
  }
  return toDockerError(err, { ref: name });
}

function nameTaken(name: string): Error {
  return conflict(`network with name ${name} already exists`);
}
