// NetworkCreate: POST /networks/create.
import { randomUUID } from 'node:crypto';
import type { NetworkRecord } from '#lib/store/types.ts';
import type { Reply, Req } from '#src/context.ts';
import { conflict, DockerError, forbidden, invalid } from '#src/errors.ts';
import { networkIdOf } from '#src/vm/network-ids.ts';
import { outliving } from '#src/vm/outlive.ts';
import { toDockerError, tritonErrorIn } from '#src/vm/triton-errors.ts';
import { poolSubnets } from './address-pools.ts';
import { decodeNetwork, type NetworkRequest } from './decode.ts';
import { emitNetworkEvent } from './event.ts';
import { networksOf } from './lookup.ts';
import { type AddressPlan, planAddresses } from './plan.ts';
import { type Owner, undoNetwork } from './remove-fabric.ts';
import { ipv4Configs, MTU_OPTION, validateNetwork } from './validate.ts';
import { vlanName } from './vlan-name.ts';

/** Below are Triton's own: 0 is no VLAN, 1 the default of switches. */
const FIRST_VLAN = 2;
const LAST_VLAN = 4094;

/** A fabric network of the account on a VLAN of its own: that is what keeps Docker's networks apart in a datacenter. */
export async function networkCreate(req: Req): Promise<Reply> {
  const request = decodeNetwork(await req.json());
  validateNetwork(request);
  const all = await networksOf(req);
  if (all.some(({ resource }) => resource.Name === request.name)) throw nameTaken(request.name);
  const record = await firstThatFits(req, request);
  const Id = networkIdOf(record.uuid);
  emitNetworkEvent(req, 'create', { Id, Name: record.name, Driver: record.driver });
  return { status: 201, body: { Id, Warning: '' } };
}

/** With a subnet asked for there is one try, else the pools are gone through until one is free. */
async function firstThatFits(req: Req, request: NetworkRequest): Promise<NetworkRecord> {
  const [asked] = ipv4Configs(request.ipam.config);
  if (asked?.Subnet) return make(req, request, planAddresses(asked, ''));
  for (const subnet of poolSubnets(req.app.config.defaultAddressPools)) {
    try {
      return await make(req, request, planAddresses(undefined, subnet));
    } catch (err) {
      if (!(err instanceof SubnetTaken)) throw err;
    }
  }
  throw invalid('all predefined address pools have been fully subnetted');
}

/** Record, VLAN, network, reserved addresses: each undone when a later one fails, by this daemon or, when it is killed, by its next life. */
async function make(req: Req, request: NetworkRequest, plan: AddressPlan): Promise<NetworkRecord> {
  const { networks } = req.app.store;
  const { napi } = req.app.triton;
  const call = outliving(req.call);
  const owner: Owner = { store: networks, napi, call };
  const record = await takeVlan(owner, newRecord(req, request, plan));
  try {
    await napi.createFabricNetwork(record.owner_uuid, record.vlan_id, payload(request, record, plan), call);
    for (const ip of plan.reserved) await napi.reserveIp(record.uuid, ip, call);
  } catch (err) {
    await undoNetwork(owner, record);
    throw creationError(err, request.name);
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

function newRecord(req: Req, request: NetworkRequest, plan: AddressPlan): NetworkRecord {
  return {
    owner_uuid: req.account.uuid,
    uuid: randomUUID(),
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
      Config: [plan.ipam],
    },
    options: request.options,
    labels: request.labels,
  };
}

function payload({ options }: NetworkRequest, record: NetworkRecord, plan: AddressPlan) {
  const mtu = options[MTU_OPTION];
  return {
    uuid: record.uuid,
    name: record.name,
    subnet: plan.ipam.Subnet,
    provision_start_ip: plan.start,
    provision_end_ip: plan.end,
    gateway: plan.gateway,
    internet_nat: !record.internal,
    ...(mtu === undefined ? {} : { mtu: Number(mtu) }),
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
class SubnetTaken extends DockerError {}

function creationError(err: unknown, name: string): Error {
  const errors = tritonErrorIn(err)?.errors ?? [];
  if (errors.some(({ field, code }) => field === 'name' && code === 'Duplicate')) return nameTaken(name);
  if (errors.some(({ field, code }) => field === 'subnet' && code === 'UsedBy')) {
    const text = 'invalid pool request: Pool overlaps with other one on this address space';
    return new SubnetTaken('forbidden', text, err as Error);
  }
  return toDockerError(err, { ref: name });
}

function nameTaken(name: string): Error {
  return conflict(`network with name ${name} already exists`);
}
