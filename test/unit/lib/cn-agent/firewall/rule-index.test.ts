// Which rules a start of a VM must look at: its own and the broad ones, also after they have changed.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RuleIndex, vmsNamedBy } from '#lib/cn-agent/firewall/rule-index.ts';
import { contentOf, type FwRule, toRule } from '#lib/fw-rules/rule.ts';

const OWNER = 'b4bb1880-8c2c-11e5-8994-28cfe91f7d53';
const [A, B] = ['c0ffee00-0000-4000-8000-000000000002', 'c0ffee00-0000-4000-8000-000000000003'];

const rule = (text: string, enabled = true): FwRule => toRule({ rule: text, enabled, owner_uuid: OWNER });
const port = (vm: string, n: number): FwRule => rule(`FROM any TO vm ${vm} ALLOW tcp PORT ${n}`);
const near = (index: RuleIndex, vm: string): string[] =>
  index
    .near(vm)
    .map((each) => each.rule.uuid)
    .sort();

const NAMED: [name: string, text: string, want: string[] | null][] = [
  ['a published port', `FROM any TO vm ${A} ALLOW tcp PORT 80`, [A]],
  ['both sides', `FROM vm ${A} TO vm ${B} ALLOW tcp PORT 80`, [A, B]],
  ['a tag on one side', `FROM tag role TO vm ${A} ALLOW tcp PORT 80`, null],
  ['every VM', 'FROM any TO all vms ALLOW tcp PORT 80', null],
];
for (const [name, text, want] of NAMED) {
  test(`the VMs named by a rule: ${name}`, () => {
    const named = vmsNamedBy({ content: contentOf(rule(text)) });
    assert.deepEqual(named === null ? null : [...named].sort(), want);
  });
}

test('a VM has its own rules and the broad ones', () => {
  const [broad, a, b] = [rule('FROM any TO all vms ALLOW tcp PORT 22'), port(A, 80), port(B, 80)];
  const index = new RuleIndex([broad, a, b, rule(`FROM any TO vm ${A} ALLOW tcp PORT 81`, false)]);
  assert.deepEqual(near(index, A), [broad.uuid, a.uuid].sort());
  assert.deepEqual(near(index, B), [broad.uuid, b.uuid].sort());
  assert.deepEqual(near(index, OWNER), [broad.uuid]);
});

test('a rule that changes moves, one that is disabled or null is gone', () => {
  const a = port(A, 80);
  const index = new RuleIndex([a]);
  const moved = { ...port(B, 80), uuid: a.uuid };
  const { before, after } = index.put(a.uuid, moved);
  assert.deepEqual([before?.rule, after?.rule], [a, moved]);
  assert.deepEqual([near(index, A), near(index, B)], [[], [a.uuid]]);
  const broad = { ...rule('FROM any TO all vms ALLOW tcp PORT 80'), uuid: a.uuid };
  index.put(a.uuid, broad);
  assert.deepEqual([near(index, A), near(index, B)], [[a.uuid], [a.uuid]]);
  assert.deepEqual(Object.keys(index.put(a.uuid, { ...broad, enabled: false })), ['before']);
  assert.deepEqual([near(index, A), index.put(a.uuid, null)], [[], {}]);
});
