// CoaL's PAPI over its socket, by the client that the daemon uses and by plain requests.
import assert from 'node:assert/strict';
import { resolve } from 'node:path';
import { after, before, it } from 'node:test';
import { createPapi, type Papi } from '#lib/coal/papi/papi.ts';
import { createPapiClient } from '#lib/triton/papi.ts';
import { CALL, log, type Served, serveOne } from './serve-one.ts';

const ACCOUNT = 'b4bb1880-8c2c-11e5-8994-28cfe91f7d53';
const packagesFile = resolve(import.meta.dirname, '../../../etc/packages.json');
const LAPTOP = '4b9a6a50-5f0c-4f5e-9d55-0000000aaaaa';
const NONE = '11111111-aaaa-4bbb-8ccc-00000000ffff';

let papi: Papi;
let served: Served;
let client: ReturnType<typeof createPapiClient>;
before(async () => {
  papi = await createPapi({ packagesFile, adminUuid: ACCOUNT, log });
  served = await serveOne(async () => papi);
  client = createPapiClient(served.at);
});
after(async () => {
  client.close();
  await served.close();
});

it('the client lists and gets', async () => {
  const mine = `(|(owner_uuids=${ACCOUNT})(!(owner_uuids=*)))`;
  const packages = await client.listPackages(`(&(active=true)${mine})`, CALL);
  assert.ok(packages.some((pkg) => pkg.name === 'sample-1G'));
  assert.equal((await client.getPackage(LAPTOP, CALL)).name, 'sample-laptop');
  assert.equal(papi.find(LAPTOP)?.name, 'sample-laptop');
  assert.equal(papi.find(NONE), null);
});

it('the client is told what is wrong', async () => {
  await assert.rejects(client.getPackage(NONE, CALL), {
    restCode: 'ResourceNotFound',
    ownMessage: `Package ${NONE} does not exist`,
  });
  await assert.rejects(client.listPackages('(((', CALL), { restCode: 'InvalidArgument', statusCode: 409 });
});

it('counts in a header, also by HEAD', async () => {
  const { headers, body } = await served.ask('GET', '/packages?name=sample-1*&limit=1');
  assert.equal(body.length, 1);
  assert.equal(headers['x-resource-count'], '3');
  assert.equal(headers.server, 'SDC Package API 7.2.5');
  const head = await served.ask('HEAD', '/packages');
  assert.deepEqual([head.status, head.headers['x-resource-count'], head.body], [200, '10', null]);
});

const refused: [string, string, object | undefined, number, string][] = [
  ['POST', '/packages', { uuid: LAPTOP }, 409, 'ConflictError'],
  ['POST', '/packages', { name: 'new' }, 405, 'BadMethod'],
  ['PUT', `/packages/${LAPTOP}`, { description: 'x' }, 405, 'BadMethod'],
  ['DELETE', `/packages/${LAPTOP}`, undefined, 405, 'BadMethod'],
  ['DELETE', `/packages/${NONE}`, undefined, 404, 'ResourceNotFound'],
  ['HEAD', `/packages/${NONE}`, undefined, 404, ''],
];
for (const [method, path, sent, status, code] of refused) {
  it(`${method} ${path} ${JSON.stringify(sent)}: ${status} ${code}`, async () => {
    const { status: got, body } = await served.ask(method, path, sent);
    assert.deepEqual([got, body?.code ?? ''], [status, code]);
  });
}

it('answers a ping', async () =>
  assert.deepEqual((await served.ask('GET', '/ping')).body, { pid: process.pid, backend: 'up' }));
