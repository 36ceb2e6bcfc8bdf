// VMAPI's records: durable, told to the changefeed once per real change, dead VMs stay dead.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { after, it } from 'node:test';
import { VmStore } from '#lib/coal/vmapi/vm-store.ts';
import { completeVm } from '#lib/wire/complete-vm.ts';

const dir = mkdtempSync('/tmp/sdct-vm-store-');
after(() => rmSync(dir, { recursive: true }));
const UUID = 'c0ffee00-0000-4000-8000-000000000001';

it('keeps records over a restart and tells changes', () => {
  const told: string[][] = [];
  const open = () => new VmStore(join(dir, 'a.db'), (_vm, fields) => told.push(fields));
  let store = open();
  store.put(completeVm({ uuid: UUID, state: 'provisioning', internal_metadata: { a: 1 } }));
  store.patch(UUID, { state: 'stopped', internal_metadata: { a: null, b: 2 } });
  assert.deepEqual(told.at(-1), ['internal_metadata', 'last_modified', 'state']);
  const count = told.length;
  store.patch(UUID, { state: 'stopped' });
  assert.equal(told.length, count, 'no change, nothing told');
  store.close();
  store = open();
  assert.deepEqual(store.get(UUID)?.internal_metadata, { b: 2 });
  assert.equal(store.get(UUID)?.state, 'stopped');
  store.close();
});

it('takes the last words of a destroyed VM but does not raise it', () => {
  const store = new VmStore(join(dir, 'b.db'), () => {});
  store.put(completeVm({ uuid: UUID, state: 'destroyed' }));
  store.patch(UUID, { state: 'stopped', exit_status: 137 });
  assert.deepEqual([store.get(UUID)?.state, store.get(UUID)?.exit_status], ['destroyed', 137]);
  store.patch('c0ffee00-0000-4000-8000-00000000000f', { state: 'running' });
  assert.equal([...store.all()].length, 1);
  store.close();
});

it('counts the dead, over a restart too', () => {
  const open = () => new VmStore(join(dir, 'd.db'), () => {});
  let store = open();
  const uuids = [1, 2, 3].map((n) => `c0ffee00-0000-4000-8000-00000000000${n}`);
  for (const uuid of uuids) store.put(completeVm({ uuid, state: 'stopped' }));
  assert.equal(store.deadCount, 0);
  store.patch(uuids[0]!, { state: 'destroyed' });
  store.patch(uuids[0]!, { exit_status: 1 });
  store.patch(uuids[1]!, { state: 'failed' });
  assert.equal(store.deadCount, 2);
  store.close();
  store = open();
  assert.equal(store.deadCount, 2);
  store.delete(uuids[0]!);
  assert.equal(store.deadCount, 1);
  store.close();
});

it('knows who has a name, over a restart too', () => {
  const open = () => new VmStore(join(dir, 'c.db'), () => {});
  let store = open();
  const other = 'c0ffee00-0000-4000-8000-000000000002';
  const vm = (uuid: string, alias: string) =>
    completeVm({ uuid, alias, owner_uuid: 'me', state: 'stopped' } as Parameters<typeof completeVm>[0]);
  store.put(vm(UUID, 'web'));
  store.put(vm(other, 'db'));
  assert.deepEqual(store.named('me', 'web'), [UUID]);
  assert.deepEqual(store.named('you', 'web'), []);
  store.patch(UUID, { alias: 'www' });
  assert.deepEqual([store.named('me', 'web'), store.named('me', 'www')], [[], [UUID]]);
  store.close();
  store = open();
  assert.deepEqual(store.named('me', 'www'), [UUID]);
  store.patch(UUID, { state: 'destroyed' });
  assert.deepEqual(store.named('me', 'www'), []);
  store.delete(other);
  assert.deepEqual(store.named('me', 'db'), []);
  store.close();
});
