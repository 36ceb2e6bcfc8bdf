// CoaL's VOLAPI over its socket, by the client that the daemon uses and by plain requests; its agent is a stand-in.
import assert from 'node:assert/strict';
import { after, before, beforeEach, it } from 'node:test';
import { TaskRunner } from '#lib/coal/cnapi/task-runner.ts';
import { openVolapiStore } from '#lib/coal/volapi/store.ts';
import { createVolapi, type Volapi } from '#lib/coal/volapi/volapi.ts';
import { createVolapiClient } from '#lib/triton/volapi.ts';
import { TritonError } from '#lib/wire/errors.ts';
import { CALL, log, type Served, serveOne } from './serve-one.ts';
import { standInAgent } from './stand-in-agent.ts';

const A = 'b4bb1880-8c2c-11e5-8994-28cfe91f7d53';
const B = 'b4bb1880-8c2c-11e5-8994-28cfe91f7d54';
const VM = '11111111-aaaa-4bbb-8ccc-00000000ffff';
const VM2 = '11111111-aaaa-4bbb-8ccc-00000000fffe';
const NONE = '11111111-aaaa-4bbb-8ccc-00000000fff0';
const ORIGIN = { reqId: 'test', log };

/** Directories on the stand-in's node. */
const there = new Set<string>();
let broken = false;
const tasks = new TaskRunner(
  standInAgent((task, params) => {
    const { uuid } = params as { uuid: string };
    if (task === 'volume_delete') there.delete(uuid);
    else if (broken) throw new TritonError('VolumeMountFailed', 500, 'disk full');
    else there.add(uuid);
    return { source: `/volumes/${uuid}/_data` };
  }, []),
);

let volapi: Volapi;
let served: Served;
let client: ReturnType<typeof createVolapiClient>;
before(async () => {
  served = await serveOne(async (dir) => {
    volapi = await createVolapi({ stateDir: dir, tasks, log });
    return volapi;
  });
  client = createVolapiClient(served.at);
});
after(async () => {
  client.close();
  await served.close();
});
beforeEach(async () => {
  broken = false;
  for (const { volume } of volapi.volumes.store.all()) {
    for (const vm of volapi.volumes.store.refs(volume.uuid)) volapi.volumes.store.removeRef(volume.uuid, vm);
    await volapi.volumes.remove(volume.uuid, undefined, ORIGIN);
  }
  assert.equal(there.size, 0);
});

const make = (owner_uuid: string, name: string) =>
  client.createVolume({ owner_uuid, name, type: 'local', labels: { a: 'b' } }, CALL);

it('the same name in two accounts is two volumes, and neither sees the other', async () => {
  const [mine, yours] = [await make(A, 'data'), await make(B, 'data')];
  assert.notEqual(mine.uuid, yours.uuid);
  assert.deepEqual(
    (await client.listVolumes({ owner_uuid: A }, CALL)).map(({ uuid }) => uuid),
    [mine.uuid],
  );
  const refused = client.deleteVolume(yours.uuid, { owner_uuid: A }, CALL);
  await assert.rejects(refused, { restCode: 'VolumeNotFound' });
  assert.ok(there.has(yours.uuid), 'the other account’s stays');
  assert.equal((await served.ask('GET', `/volumes/${yours.uuid}?owner_uuid=${A}`)).status, 404);
});

it('shapes and refusals are those of the wire', async () => {
  const made = await served.ask('POST', '/volumes', { owner_uuid: A, name: 'data', type: 'local' });
  assert.deepEqual([made.status, made.body.state, made.body.type], [201, 'ready', 'local']);
  assert.equal(made.body.filesystem_path, `/volumes/${made.body.uuid}/_data`);
  const said = async (method: string, path: string, body?: object) => {
    const answer = await served.ask(method, path, body);
    return [answer.status, answer.body?.code];
  };
  assert.deepEqual(await said('POST', '/volumes', { owner_uuid: A, name: 'data', type: 'local' }), [
    409,
    'VolumeAlreadyExists',
  ]);
  for (const wrong of [
    { name: 'a b' },
    { name: 1 },
    { type: 'x' },
    { owner_uuid: 'x' },
    { labels: { a: 1 } },
  ]) {
    const body = { owner_uuid: A, name: 'n1', type: 'local', ...wrong };
    assert.deepEqual(await said('POST', '/volumes', body), [409, 'ValidationError'], JSON.stringify(wrong));
  }
  const nfs = { owner_uuid: A, name: 'nfs', type: 'tritonnfs' };
  assert.deepEqual(await said('POST', '/volumes', nfs), [503, 'StorageUnavailable']);
  assert.deepEqual(await said('GET', '/volumes?nosuch=1'), [409, 'ValidationError']);
  assert.deepEqual(await said('GET', `/volumes/${NONE}`), [404, 'VolumeNotFound']);
  assert.deepEqual(await said('DELETE', `/volumes/${NONE}`), [404, 'VolumeNotFound']);
  const { uuid } = made.body;
  const names = async (query: string) =>
    (await served.ask('GET', `/volumes?${query}`)).body.map(({ name }: { name: string }) => name);
  assert.deepEqual(await names('name=da*'), ['data']);
  assert.deepEqual(await names('name=*ta'), ['data']);
  assert.deepEqual(await names('name=da'), []);
  assert.equal((await served.ask('POST', `/volumes/${uuid}`, { name: 'other' })).status, 204);
  assert.deepEqual(await names(`owner_uuid=${A}&state=ready`), ['other']);
  const ref = { owner_uuid: A, vm_uuid: VM };
  assert.equal((await served.ask('POST', `/volumes/${uuid}/addreference`, ref)).status, 200);
  assert.deepEqual((await served.ask('GET', `/volumes/${uuid}/references`)).body, [VM]);
  assert.deepEqual((await served.ask('GET', `/volumes/${uuid}`)).body.refs, [VM]);
  assert.deepEqual(await said('DELETE', `/volumes/${uuid}`), [409, 'VolumeInUse']);
  assert.equal((await served.ask('POST', `/volumes/${uuid}/removereference`, ref)).status, 200);
  assert.equal((await served.ask('DELETE', `/volumes/${uuid}`)).status, 204);
});

const want = (name: string, more: object = {}) => ({
  ...{ name, type: 'local', mountpoint: `/${name}`, mode: 'rw' as const },
  ...more,
});
const names = () => volapi.volumes.store.all().map(({ volume }) => volume.name);

it('a VM gets what is there and what is made for it; when it does not come, only that goes again', async () => {
  await make(A, 'old');
  const { volumes } = volapi;
  const { made, volumes: got } = await volumes.provision(
    { uuid: VM, owner_uuid: A },
    [want('old'), want('new')],
    ORIGIN,
  );
  assert.deepEqual(made, [{ name: 'new', type: 'local' }]);
  assert.deepEqual(
    got.map(({ source, uuid }) => source === `/volumes/${uuid}/_data`),
    [true, true],
  );
  assert.deepEqual(volumes.store.holders(), [VM]);
  await volumes.release(VM, [], ORIGIN);
  assert.deepEqual([names(), volumes.store.holders()], [['old'], []]);
});

it('what was made for a VM that does not come stays when another uses it by now', async () => {
  const { volumes } = volapi;
  await volumes.provision({ uuid: VM, owner_uuid: A }, [want('new')], ORIGIN);
  await volumes.provision({ uuid: VM2, owner_uuid: A }, [want('new')], ORIGIN);
  assert.deepEqual(await volumes.release(VM, [], ORIGIN), []);
  assert.deepEqual(names(), ['new']);
  assert.deepEqual(await volumes.release(VM2, ['new'], ORIGIN), [{ name: 'new', type: 'local' }]);
});

it('a volume that cannot be made leaves nothing, and takes what was made before it along', async () => {
  const { volumes } = volapi;
  broken = true;
  await assert.rejects(make(A, 'bad'), { restCode: 'VolumeMountFailed' });
  await assert.rejects(volumes.provision({ uuid: VM, owner_uuid: A }, [want('bad')], ORIGIN));
  broken = false;
  const two = [want('good'), want('nfs', { type: 'tritonnfs' })];
  await assert.rejects(volumes.provision({ uuid: VM, owner_uuid: A }, two, ORIGIN), {
    restCode: 'StorageUnavailable',
  });
  assert.deepEqual([names(), there.size, volumes.store.holders()], [[], 0, []]);
});

it('what a kill -9 cut off is finished at the next start', async () => {
  const other = await serveOne(async (dir) => {
    const store = openVolapiStore(`${dir}/volapi.db`);
    const volume = { owner_uuid: A, type: 'local' as const, create_timestamp: '' };
    store.put({ volume: { ...volume, uuid: VM, name: 'half', state: 'creating' }, madeFor: null });
    store.put({ volume: { ...volume, uuid: VM2, name: 'going', state: 'deleting' }, madeFor: null });
    store.put({ volume: { ...volume, uuid: NONE, name: 'whole', state: 'ready' }, madeFor: null });
    store.close();
    return createVolapi({ stateDir: dir, tasks, log });
  });
  const { body } = await other.ask('GET', '/volumes');
  assert.deepEqual(
    body.map(({ name }: { name: string }) => name),
    ['whole'],
  );
  await other.close();
});
