// lib/coal/papi/search-packages.ts: filters, field parameters, order and pages.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { searchPackages } from '#lib/coal/papi/search-packages.ts';
import type { Package } from '#lib/wire/types.ts';

const OWNER = '930896af-bf8c-48d4-885c-6573a94b1853';
const OTHER = '00000000-0000-4000-8000-000000000002';

function pkg(name: string, memory: number, more: Partial<Package> = {}): Package {
  return {
    uuid: `4b9a6a50-5f0c-4f5e-9d55-${String(memory).padStart(12, '0')}`,
    name,
    version: '1.0.0',
    active: true,
    max_lwps: 1000,
    max_physical_memory: memory,
    max_swap: memory * 2,
    quota: 10,
    zfs_io_priority: 100,
    v: 1,
    ...more,
  };
}

const ALL = [
  pkg('sample-2G', 2048),
  pkg('sample-512M', 512, { owner_uuids: [OWNER] }),
  pkg('sample-1G', 1024, { active: false }),
  pkg('big', 9000, { owner_uuids: [OTHER] }),
];

const MINE = `(|(owner_uuids=${OWNER})(!(owner_uuids=*)))`;
const cases: [string, Record<string, string>, string[]][] = [
  ['nothing asked: all in the order of the file', {}, ['sample-2G', 'sample-512M', 'sample-1G', 'big']],
  ["the daemon's filter", { filter: `(&(active=true)${MINE})` }, ['sample-2G', 'sample-512M']],
  ['a bound is a number', { filter: '(&(active=true)(max_physical_memory>=1024))' }, ['sample-2G', 'big']],
  ['a prefix', { filter: '(name=sample-*)' }, ['sample-2G', 'sample-512M', 'sample-1G']],
  ['a uuid prefix', { filter: '(uuid=4b9a6a50-5f0c-4f5e-9d55-000000000512*)' }, ['sample-512M']],
  ['an attribute nobody has', { filter: '(toString=*)' }, []],
  ['parameters, all must fit', { active: 'true', name: 'sample-*' }, ['sample-2G', 'sample-512M']],
  ['a JSON list of values', { name: '["big", "sample-1G"]' }, ['sample-1G', 'big']],
  [
    'owner_uuids also finds what is everybody\u2019s',
    { owner_uuids: OWNER },
    ['sample-2G', 'sample-512M', 'sample-1G'],
  ],
  ['an unknown parameter is ignored', { nosuch: '1' }, ['sample-2G', 'sample-512M', 'sample-1G', 'big']],
  ['sorted as numbers', { sort: 'max_physical_memory' }, ['sample-512M', 'sample-1G', 'sample-2G', 'big']],
  ['downwards', { sort: 'name', order: 'desc' }, ['sample-512M', 'sample-2G', 'sample-1G', 'big']],
  ['a page', { limit: '2', offset: '1' }, ['sample-512M', 'sample-1G']],
  ['limit 0 is none', { limit: '0' }, ['sample-2G', 'sample-512M', 'sample-1G', 'big']],
];

describe('searchPackages', () => {
  for (const [what, query, names] of cases) {
    it(what, () =>
      assert.deepEqual(
        searchPackages(ALL, query).page.map(({ name }) => name),
        names,
      ),
    );
  }

  it('counts before it cuts', () => assert.equal(searchPackages(ALL, { limit: '1' }).total, 4));

  const wrong: Record<string, string>[] = [
    { filter: '(((' },
    { filter: '(name=x)y' },
    { limit: 'x' },
    { offset: '-1' },
  ];
  for (const query of wrong) {
    it(`refuses ${JSON.stringify(query)}`, () =>
      assert.throws(() => searchPackages(ALL, query), {
        restCode: 'InvalidArgument',
        statusCode: 409,
        ownMessage: 'Provided search filter is not valid',
      }));
  }
});
