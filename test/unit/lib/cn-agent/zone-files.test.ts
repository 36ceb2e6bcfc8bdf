// lib/cn-agent/zone-files.ts: what a node knows of its zones, whatever moment it was cut off at.
import assert from 'node:assert/strict';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import {
  buryZone,
  listTombstones,
  listZones,
  makeZoneDir,
  NEVER_RUN,
  type RunRecord,
  readSpec,
  readZone,
  writeRun,
  writeSpec,
  writeZone,
  type ZoneRecord,
} from '#lib/cn-agent/zone-files.ts';
import { removeTree } from '#lib/process/remove-tree.ts';
import { vmRecord } from './vm-record.ts';

const dir = mkdtempSync('/tmp/sdct-zones-');
after(() => rmSync(dir, { recursive: true, force: true }));
const UUID = '0123abcd-4567-489a-bcde-f0123456789a';
let made = 0;
async function zoneDir(): Promise<string> {
  const path = join(dir, `zone${made++}`);
  await makeZoneDir(path);
  return path;
}
const ZONE: ZoneRecord = {
  v: 1,
  vm: vmRecord(UUID),
  image: { uuid: 'i', config: {} } as never,
  rootfs: [{ type: 'bind', source: '/x', options: [] }],
};
const RUN: RunRecord = {
  ...NEVER_RUN,
  phase: 'running',
  pid: 7,
  startedAt: '2026-01-01T00:00:00.000Z',
  restartCount: 2,
};

test('written and read; the parts are kept apart, nobody else may read them', async () => {
  const path = await zoneDir();
  assert.equal(await readZone(path), null, 'a create that was cut off');
  assert.equal(await readSpec(path), null);
  await writeZone(path, ZONE);
  assert.deepEqual(await readZone(path), { zone: ZONE, run: NEVER_RUN });
  await writeRun(path, RUN);
  await writeSpec(path, { process: {} });
  assert.deepEqual(await readZone(path), { zone: ZONE, run: RUN });
  assert.deepEqual(await readSpec(path), { process: {} });
  assert.deepEqual(readdirSync(path).sort(), ['run.json', 'spec.json', 'vm.json']);
  for (const file of readdirSync(path)) assert.equal(statSync(join(path, file)).mode & 0o777, 0o600);
  assert.equal(statSync(path).mode & 0o777, 0o700);
  await assert.rejects(makeZoneDir(path), { code: 'EEXIST' });
});

test('a write that was cut off leaves what was there', async () => {
  const path = await zoneDir();
  await writeZone(path, ZONE);
  for (const file of ['vm.json.new', 'run.json.new']) writeFileSync(join(path, file), '{"v":1,"vm');
  assert.deepEqual(await readZone(path), { zone: ZONE, run: NEVER_RUN });
  await writeZone(path, { ...ZONE, rootfs: [] });
  assert.deepEqual((await readZone(path))?.zone.rootfs, []);
});

for (const text of ['', '{', 'null', '[]', '{"v":2,"phase":"running"}', '"x"']) {
  test(`a run.json of ${JSON.stringify(text)} is a run of which nothing is known`, async () => {
    const path = await zoneDir();
    await writeZone(path, ZONE);
    writeFileSync(join(path, 'run.json'), text);
    const { startedAt, ...run } = (await readZone(path))!.run;
    assert.deepEqual({ ...run, startedAt: null }, { ...NEVER_RUN, phase: 'running' });
    assert.ok(Math.abs(Date.parse(startedAt!) - Date.now()) < 60_000, 'about when it was written');
  });
}

test('a run.json of an older version of the fields is filled up', async () => {
  const path = await zoneDir();
  await writeZone(path, ZONE);
  writeFileSync(join(path, 'run.json'), '{"v":1,"phase":"stopped","exitStatus":3}');
  assert.deepEqual((await readZone(path))?.run, { ...NEVER_RUN, exitStatus: 3 });
});

for (const text of ['', '{', '{"v":2}', '{}', '[]', '5']) {
  test(`a vm.json of ${JSON.stringify(text)} is told, and left alone`, async () => {
    const path = await zoneDir();
    writeFileSync(join(path, 'vm.json'), text);
    await assert.rejects(readZone(path));
    assert.equal(readFileSync(join(path, 'vm.json'), 'utf8'), text);
  });
}

test('zones and their tombstones', async () => {
  const zones = join(dir, 'zones');
  mkdirSync(zones);
  assert.deepEqual(await listZones(zones), []);
  await makeZoneDir(join(zones, UUID));
  await writeZone(join(zones, UUID), ZONE);
  assert.deepEqual(await listZones(zones), [UUID]);
  const first = await buryZone(zones, UUID);
  assert.ok(first !== null && existsSync(join(first, 'vm.json')));
  assert.deepEqual(await listZones(zones), []);
  assert.equal(await buryZone(zones, UUID), null);
  // the same uuid can be made and buried again before the first is deleted
  await makeZoneDir(join(zones, UUID));
  const second = await buryZone(zones, UUID);
  assert.notEqual(second, first);
  assert.deepEqual(
    (await listTombstones(zones)).map(({ uuid }) => uuid),
    [UUID, UUID],
  );
  for (const { path } of await listTombstones(zones)) await removeTree(path);
  assert.deepEqual(await listTombstones(zones), []);
  await removeTree(first);
});
