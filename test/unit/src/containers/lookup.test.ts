// Which of some candidates a name, id or prefix means.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MD } from '#lib/docker-vm/metadata.ts';
import { pickContainer } from '#src/containers/lookup.ts';
import { buildVm } from '#test/unit/src/vm/build-vm.ts';

const vm = (id: string, alias: string) => buildVm({ alias }, { [MD.id]: id.padEnd(64, '0') });
const A = vm('aaaa1', 'web');
const B = vm('aaaa2', 'aaaa1');
const C = vm('bbbb', 'db');

test('whole id before name, name before prefix', () => {
  assert.equal(pickContainer([A, B, C], 'aaaa1'.padEnd(64, '0')), A);
  assert.equal(pickContainer([A, B, C], 'aaaa1'), B);
  assert.equal(pickContainer([A, B, C], '/db'), C);
  assert.equal(pickContainer([A, B, C], 'bb'), C);
  assert.equal(pickContainer([A, B, C], 'nope'), null);
  assert.equal(pickContainer([A, C], 'cc'), null);
});

test('an ambiguous prefix', () => {
  assert.throws(() => pickContainer([A, B, C], 'aa'), /multiple IDs found with provided prefix: aa/);
});
