// An update of a VM's record: maps merge key by key, a package brings its sizes, the old record stays as it was.
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { applyUpdate, checkUpdate } from '#lib/coal/vmapi/update.ts';
import { completeVm } from '#lib/wire/complete-vm.ts';
import { TritonError } from '#lib/wire/errors.ts';
import type { Package } from '#lib/wire/types.ts';

const PKG = { uuid: 'c0ffee00-0000-4000-8000-000000000001', quota: 2048, max_physical_memory: 64 } as Package;
const parts = { findPackage: (uuid: string) => (uuid === PKG.uuid ? PKG : null) };
const before = completeVm({ alias: 'a', internal_metadata: { x: 1, y: 2 }, tags: { t: true } });

const cases: [string, Record<string, unknown>, Record<string, unknown>][] = [
  ['alias', { alias: 'b' }, { alias: 'b' }],
  ['set', { set_internal_metadata: { y: 3, z: 'n' } }, { internal_metadata: { x: 1, y: 3, z: 'n' } }],
  ['remove', { remove_internal_metadata: ['x', 'nope'] }, { internal_metadata: { y: 2 } }],
  ['tags', { set_tags: { u: 'v' }, remove_tags: ['t'] }, { tags: { u: 'v' } }],
  ['package', { billing_id: PKG.uuid }, { billing_id: PKG.uuid, max_physical_memory: 64, quota: 2 }],
  ['what may not change', { uuid: 'other', state: 'running' }, { uuid: before.uuid, state: before.state }],
];
for (const [what, payload, expected] of cases) {
  it(`applies ${what}`, () => {
    const frozen = structuredClone(before);
    const after = applyUpdate(parts, before, payload);
    for (const [key, value] of Object.entries(expected)) assert.deepEqual(after[key], value, key);
    assert.deepEqual(before, frozen);
  });
}

it('refuses a tag of Triton whose value is none', () => {
  const set_tags = { 'triton.cns.services': 'a b' };
  assert.throws(
    () => checkUpdate(parts as Parameters<typeof checkUpdate>[0], before, { set_tags }),
    (err) => err instanceof TritonError && err.errors[0]?.field === 'tags',
  );
});
