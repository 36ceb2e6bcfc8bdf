// lib/store/sqlite-store.ts: every look-up is by owner, events keep their order and are pruned, a file survives reopening.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { openDatabase } from '#lib/sqlite/open.ts';
import { EVENTS_KEPT, EVENTS_MAX_AGE, STORE_MIGRATIONS } from '#lib/store/schema.ts';
import { openStore } from '#lib/store/sqlite-store.ts';
import type { DockerImage, ExecRecord, HealthRecord } from '#lib/store/types.ts';

const A = '930896af-bf8c-48d4-885c-6573a94b1853';
const B = '00000000-0000-4000-8000-000000000002';
const digestOf = (start: string) => `sha256:${start.padEnd(64, '0')}`;

function image(owner: string, digest: string, imageUuid = 'u1'): DockerImage {
  return {
    owner_uuid: owner,
    config_digest: digest,
    image_uuid: imageUuid,
    manifest_digest: digestOf('ff'),
    manifest_str: '{}',
    image: { os: 'linux' },
    head: true,
    parent: '',
    size: 5,
    created: 1,
    dockerImageVersion: '2.2',
    repo_digests: [],
  };
}

test('images: put, get, prefix, list, count, delete, by owner', () => {
  const store = openStore(':memory:');
  store.images.put(image(A, digestOf('abc1')));
  store.images.put(image(A, digestOf('abc2'), 'u2'));
  store.images.put(image(B, digestOf('abc1')));
  assert.deepEqual(store.images.get(A, digestOf('abc1')), image(A, digestOf('abc1')));
  assert.equal(store.images.get(B, digestOf('abc2')), null);
  assert.equal(store.images.findByPrefix(A, 'abc').length, 2);
  assert.equal(store.images.findByPrefix(A, 'abc2').length, 1);
  assert.equal(store.images.findByPrefix(A, 'abf').length, 0);
  assert.equal(store.images.findByPrefix(A, '%').length, 0);
  assert.equal(store.images.list(A).length, 2);
  assert.equal(store.images.countByImageUuid('u1'), 2);
  store.images.delete(A, digestOf('abc1'));
  assert.equal(store.images.countByImageUuid('u1'), 1);
  store.close();
});

test('tags: a tag moves, and is seen from both sides', () => {
  const store = openStore(':memory:');
  const tag = { owner_uuid: A, repo: 'busybox', tag: 'latest', config_digest: digestOf('1') };
  store.tags.put(tag);
  store.tags.put({ ...tag, tag: '1.36' });
  assert.deepEqual(store.tags.get(A, 'busybox', 'latest'), tag);
  assert.equal(store.tags.get(B, 'busybox', 'latest'), null);
  store.tags.put({ ...tag, config_digest: digestOf('2') });
  assert.deepEqual(
    store.tags.ofImage(A, digestOf('1')).map((t) => t.tag),
    ['1.36'],
  );
  store.tags.delete(A, 'busybox', '1.36');
  assert.equal(store.tags.list(A).length, 1);
  store.close();
});

test('execs: kept by id and container, pruned by exit time', () => {
  const store = openStore(':memory:');
  const exec: ExecRecord = {
    id: 'e1',
    owner_uuid: A,
    container_id: 'c',
    vm_uuid: 'v',
    server_uuid: 's',
    run: '',
    config: {},
    state: 'created',
    exit_code: null,
    pid: 0,
    created_at: 1,
    exited_at: null,
  };
  store.execs.put(exec);
  store.execs.put({ ...exec, id: 'e2', created_at: 0, exited_at: 100 });
  store.execs.put({ ...exec, id: 'e3', created_at: 0 });
  store.execs.put({ ...exec, id: 'e4', owner_uuid: B });
  assert.deepEqual(
    store.execs.unfinished(A, 'v').map((e) => e.id),
    ['e3', 'e1'],
  );
  assert.equal(store.execs.get(B, 'e1'), null);
  store.execs.prune(101);
  assert.equal(store.execs.get(A, 'e2'), null);
  assert.deepEqual(store.execs.get(A, 'e1'), exec);
  store.execs.deleteOfContainer('v');
  assert.equal(store.execs.get(A, 'e1'), null);
  store.close();
});

test('events: bounds are inclusive, nanoseconds exact, pruned by number and age', () => {
  const store = openStore(':memory:');
  const start = 1_795_476_433_123_456_789n;
  store.events.add({ owner_uuid: A, time_nano: start - EVENTS_MAX_AGE, json: 'old' });
  store.events.add({ owner_uuid: B, time_nano: start, json: 'other' });
  for (let i = 0; i <= 2 * EVENTS_KEPT; i++) {
    store.events.add({ owner_uuid: A, time_nano: start + BigInt(i), json: String(i) });
  }
  const last = start + BigInt(2 * EVENTS_KEPT);
  const all = store.events.list(A, null, null);
  assert.ok(all.length >= EVENTS_KEPT && all.length <= 2 * EVENTS_KEPT, String(all.length));
  assert.deepEqual(store.events.list(A, last - 1n, last), [
    { owner_uuid: A, time_nano: last - 1n, json: String(2 * EVENTS_KEPT - 1) },
    { owner_uuid: A, time_nano: last, json: String(2 * EVENTS_KEPT) },
  ]);
  assert.equal(store.events.list(B, null, null).length, 1);
  store.close();
});

test('seen states survive closing and opening the file', (t) => {
  const dir = mkdtempSync(join(tmpdir(), 'store-'));
  t.after(() => rmSync(dir, { recursive: true }));
  const first = openStore(join(dir, 'daemon.db'));
  first.events.setSeen('v1', '{"a":1}');
  first.events.setSeen('v2', '{}');
  first.events.setSeen('v2', null);
  first.close();
  const second = openStore(join(dir, 'daemon.db'));
  assert.deepEqual(second.events.allSeen(), [{ vmUuid: 'v1', json: '{"a":1}' }]);
  assert.equal(second.events.seen('v2'), null);
  second.close();
});

const health: HealthRecord = {
  vm_uuid: 'vm1',
  run: '2026-11-24T10:00:00Z',
  status: 'healthy',
  failing_streak: 0,
  log: [{ Start: '2026-11-24T10:00:01Z', End: '2026-11-24T10:00:02Z', ExitCode: 0, Output: 'ok' }],
};

test('health: put, get, all, delete', () => {
  const store = openStore(':memory:');
  store.health.put({ ...health, status: 'starting' });
  store.health.put(health);
  assert.deepEqual(store.health.get('vm1'), health);
  assert.deepEqual(store.health.all(), [health]);
  store.health.delete('vm1');
  assert.equal(store.health.get('vm1'), null);
});

test('a store of the first version is brought up, and keeps what it holds', () => {
  const dir = mkdtempSync(join(tmpdir(), 'store-'));
  const file = join(dir, 'daemon.db');
  const old = openDatabase(file, STORE_MIGRATIONS.slice(0, 1));
  old.prepare('INSERT INTO vms_seen (vm_uuid, json) VALUES (?, ?)').run('vm1', '{}');
  old.close();
  const store = openStore(file);
  assert.deepEqual(store.events.allSeen(), [{ vmUuid: 'vm1', json: '{}' }]);
  store.health.put(health);
  assert.deepEqual(store.health.get('vm1'), health);
  store.close();
  rmSync(dir, { recursive: true });
});
