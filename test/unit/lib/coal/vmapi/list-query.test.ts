// GET /vms: filters, predicates, fields, order and pages, and what is refused.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { parseListQuery, runListQuery } from '#lib/coal/vmapi/list-query.ts';
import { completeVm } from '#lib/wire/complete-vm.ts';
import { TritonError } from '#lib/wire/errors.ts';
import type { Vm } from '#lib/wire/types.ts';

const OWNER = 'b4bb1880-8c2c-11e5-8994-28cfe91f7d53';
function vm(n: number, more: Partial<Vm> = {}): Vm {
  return completeVm({
    uuid: `c0ffee00-0000-4000-8000-00000000000${n}`,
    owner_uuid: OWNER,
    alias: `web${n}`,
    state: 'running',
    create_timestamp: `2026-01-0${n}T00:00:00.000Z`,
    max_physical_memory: n * 100,
    tags: { n },
    ...more,
  });
}
const all = [
  vm(1),
  vm(2, { docker: true }),
  vm(3, { state: 'destroyed' }),
  vm(4, { state: 'stopped', alias: 'db' }),
];
const found = (query: Record<string, string>): number[] =>
  runListQuery(all, parseListQuery(query)).page.map((found) => Number(found.uuid.at(-1)));
const predicate = (tree: object) => ({ predicate: JSON.stringify(tree) });

const cases: [string, Record<string, string>, number[]][] = [
  ['all, newest first', {}, [4, 3, 2, 1]],
  ['alias is a prefix', { alias: 'web' }, [3, 2, 1]],
  ['state', { state: 'stopped' }, [4]],
  ['active', { state: 'active' }, [4, 2, 1]],
  ['docker', { docker: 'true' }, [2]],
  ['not docker', { docker: 'false' }, [4, 3, 1]],
  ['tag', { 'tag.n': '2' }, [2]],
  ['another owner', { owner_uuid: 'b4bb1880-8c2c-11e5-8994-000000000000' }, []],
  ['eq and ne', predicate({ and: [{ eq: ['docker', true] }, { ne: ['state', 'destroyed'] }] }), [2]],
  ['wildcard', predicate({ eq: ['uuid', 'c0ffee00-0000-4000-8000-00000000000*'] }), [4, 3, 2, 1]],
  ['compare', predicate({ ge: ['ram', 300] }), [4, 3]],
  ['or', predicate({ or: [{ eq: ['alias', 'db'] }, { eq: ['alias', 'web1'] }] }), [4, 1]],
  ['ldap', { query: '(&(state=running)(alias=web*))' }, [2, 1]],
  ['sort', { sort: 'alias.ASC' }, [4, 1, 2, 3]],
  ['limit and offset', { limit: '2', offset: '1' }, [3, 2]],
  ['marker', { marker: 'c0ffee00-0000-4000-8000-000000000003' }, [2, 1]],
];
describe('list query', () => {
  for (const [what, query, expected] of cases) {
    it(what, () => assert.deepEqual(found(query), expected));
  }

  const refusals: [string, Record<string, string>, number][] = [
    ['an unknown parameter', { nope: '1' }, 409],
    ['an unknown state', { state: 'failed' }, 409],
    ['a field that a list does not have', { fields: 'uuid,nics' }, 409],
    ['limit 0', { limit: '0' }, 409],
    ['a predicate that is not JSON', { predicate: '{' }, 409],
    ['an and of one', predicate({ and: [{ eq: ['state', 'running'] }] }), 409],
    ['a predicate on an unknown field', predicate({ eq: ['nics', 'x'] }), 409],
    ['a broken LDAP filter', { query: '(((' }, 500],
  ];
  for (const [what, query, status] of refusals) {
    it(`refuses ${what}`, () =>
      assert.throws(
        () => parseListQuery(query),
        (err) => err instanceof TritonError && err.statusCode === status,
      ));
  }
});
