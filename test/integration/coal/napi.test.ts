// CoaL's NAPI over its socket, by the client that the daemon uses and by plain requests.
import assert from 'node:assert/strict';
import { after, before, it } from 'node:test';
import { createNapi, type Napi } from '#lib/coal/napi/napi.ts';
import { createNapiClient } from '#lib/triton/napi.ts';
import { CALL, log, type Served, serveOne } from './serve-one.ts';

const ADMIN = '930896af-bf8c-48d4-885c-6573a94b1853';
const ACCOUNT = 'b4bb1880-8c2c-11e5-8994-28cfe91f7d53';
const SERVER = '44454c4c-4800-1034-804a-b2c04f354d31';
const VM = 'c0ffee00-0000-4000-8000-0000000000fa';
const NONE = '99999999-1111-4222-8333-444444444444';

let napi: Napi;
let served: Served;
let client: ReturnType<typeof createNapiClient>;
before(async () => {
  const network = { name: 'docker-default', subnet: '10.9.0.0/24', mtu: 1500, resolvers: ['8.8.8.8'] };
  served = await serveOne(async (stateDir) => {
    napi = await createNapi({ stateDir, adminUuid: ADMIN, serverUuid: SERVER, network, log });
    return napi;
  });
  client = createNapiClient(served.at);
});
after(async () => {
  client.close();
  await served.close();
});

it('the client finds the network by name for any account, and by uuid', async () => {
  const found = await client.listNetworks({ name: 'docker-default', provisionable_by: ACCOUNT }, CALL);
  assert.deepEqual(found, [napi.network]);
  assert.deepEqual(found[0], {
    family: 'ipv4',
    mtu: 1500,
    nic_tag: 'external',
    name: 'docker-default',
    provision_end_ip: '10.9.0.254',
    provision_start_ip: '10.9.0.2',
    subnet: '10.9.0.0/24',
    uuid: napi.network.uuid,
    vlan_id: 0,
    resolvers: ['8.8.8.8'],
    gateway: '10.9.0.1',
    netmask: '255.255.255.0',
  });
  const by = { provisionable_by: ACCOUNT };
  assert.deepEqual(await client.getNetwork(napi.network.uuid, by, CALL), napi.network);
  assert.deepEqual(await client.listNetworks({ uuid: `${napi.network.uuid.slice(0, 8)}*` }, CALL), found);
});

it('the client is told what is wrong', async () => {
  await assert.rejects(client.getNetwork(NONE, {}, CALL), {
    restCode: 'ResourceNotFound',
    statusCode: 404,
    ownMessage: 'network not found',
  });
  await assert.rejects(client.listNetworks({ nosuch: '1' } as object, CALL), {
    restCode: 'InvalidParameters',
    statusCode: 422,
  });
});

it('a nic is made, shown, found and deleted', async () => {
  const wish = { owner_uuid: ACCOUNT, belongs_to_uuid: VM, belongs_to_type: 'zone', ip: '10.9.0.77' };
  const made = await served.ask('POST', `/networks/${napi.network.uuid}/nics`, wish);
  assert.equal(made.status, 200);
  assert.match(String(made.headers.etag), /^[0-9A-F]{8}$/);
  const { mac, created_timestamp } = made.body;
  assert.deepEqual(made.body, {
    ...wish,
    ...{ mac, created_timestamp, modified_timestamp: created_timestamp },
    ...{ primary: false, state: 'provisioning', gateway: '10.9.0.1', mtu: 1500, netmask: '255.255.255.0' },
    ...{ nic_tag: 'external', resolvers: ['8.8.8.8'], vlan_id: 0, network_uuid: napi.network.uuid },
    cn_uuid: SERVER,
  });
  const bare = mac.replaceAll(':', '');
  assert.deepEqual((await served.ask('GET', `/nics/${bare}`)).body, made.body);
  assert.deepEqual((await served.ask('GET', `/nics/${encodeURIComponent(mac)}`)).body, made.body);
  assert.deepEqual((await served.ask('GET', `/nics?belongs_to_uuid=${VM}`)).body, [made.body]);
  assert.deepEqual((await served.ask('GET', `/nics?belongs_to_uuid=${NONE}`)).body, []);
  const ips = `/networks/${napi.network.uuid}/ips`;
  const held = { belongs_to_type: 'zone', belongs_to_uuid: VM, owner_uuid: ACCOUNT };
  const ip = { ip: '10.9.0.77', network_uuid: napi.network.uuid, reserved: false, free: false, ...held };
  assert.deepEqual((await served.ask('GET', `${ips}/10.9.0.77`)).body, ip);
  assert.deepEqual(
    (await served.ask('GET', ips)).body.map((each: { ip: string }) => each.ip),
    ['10.9.0.1', '10.9.0.77', '10.9.0.255'],
  );
  const taken = await served.ask('POST', `/networks/${napi.network.uuid}/nics`, wish);
  const message = `IP in use by zone "${VM}"`;
  assert.deepEqual(taken.body, {
    code: 'InvalidParameters',
    message: 'Invalid parameters',
    errors: [{ type: 'zone', id: VM, code: 'UsedBy', message, field: 'ip' }],
  });
  assert.equal((await served.ask('DELETE', `/nics/${bare}`)).status, 204);
  assert.deepEqual((await served.ask('DELETE', `/nics/${bare}`)).body, {
    code: 'ResourceNotFound',
    message: 'nic not found',
  });
  const free = { ip: '10.9.0.77', network_uuid: napi.network.uuid, reserved: false, free: true };
  assert.deepEqual((await served.ask('GET', `${ips}/10.9.0.77`)).body, free);
});

it('a nic without its holder is refused as recorded', async () => {
  const { status, body } = await served.ask('POST', `/networks/${napi.network.uuid}/nics`, {});
  assert.equal(status, 422);
  assert.equal(body.message, 'Missing parameters');
  assert.deepEqual(body.errors[0], {
    field: 'belongs_to_type',
    code: 'MissingParameter',
    message: 'Missing parameter',
  });
});

const cases: [string, number, string][] = [
  ['/ping', 200, ''],
  ['/network_pools', 200, ''],
  ['/nic_tags', 200, ''],
  ['/nics?nosuch=1', 422, 'InvalidParameters'],
  ['/nics?owner_uuid=x', 422, 'InvalidParameters'],
  ['/network_pools?nosuch=1', 422, 'InvalidParameters'],
  ['/nics/nonsense', 422, 'InvalidParameters'],
  ['/nics/90b8d0000000', 404, 'ResourceNotFound'],
  [`/networks/${NONE}/ips`, 404, 'ResourceNotFound'],
  ['/manage', 404, 'ResourceNotFound'],
];
for (const [path, status, code] of cases) {
  it(`GET ${path}: ${status} ${code}`, async () => {
    const answer = await served.ask('GET', path);
    assert.deepEqual([answer.status, answer.body.code ?? ''], [status, code]);
  });
}

it('an address outside of the subnet is not found, a text that is none is refused', async () => {
  const ips = `/networks/${napi.network.uuid}/ips`;
  assert.equal((await served.ask('GET', `${ips}/1.2.3.4`)).status, 404);
  assert.equal((await served.ask('GET', `${ips}/x`)).status, 422);
});
