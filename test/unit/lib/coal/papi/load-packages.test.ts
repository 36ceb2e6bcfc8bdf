// lib/coal/papi/load-packages.ts: what a packages file may say, and the clear line for what it may not.
import assert from 'node:assert/strict';
import { resolve } from 'node:path';
import { describe, it } from 'node:test';
import { loadPackages, parsePackages } from '#lib/coal/papi/load-packages.ts';

const UUID = '4b9a6a50-5f0c-4f5e-9d55-000000000001';
const FACTS = { hostMemory: 16_000, written: '2026-11-24T00:00:00.000Z' };
const GOOD = {
  uuid: UUID,
  name: 'sample-64M',
  max_physical_memory: 64,
  max_swap: 256,
  max_lwps: 0,
  quota: 0,
  cpu_cap: 0,
  zfs_io_priority: 100,
};
const parse = (...entries: unknown[]) => parsePackages(JSON.stringify(entries), FACTS);

describe('parsePackages', () => {
  it('fills what PAPI always has', () => {
    assert.deepEqual(parse(GOOD), [
      {
        ...GOOD,
        version: '1.0.0',
        active: true,
        v: 1,
        created_at: FACTS.written,
        updated_at: FACTS.written,
      },
    ]);
  });

  it('keeps version, active and owner_uuids of the file', () => {
    const [pkg] = parse({ ...GOOD, version: '2.0.0', active: false, owner_uuids: [UUID] });
    assert.equal(pkg?.version, '2.0.0');
    assert.equal(pkg?.active, false);
    assert.deepEqual(pkg?.owner_uuids, [UUID]);
  });

  it('takes the memory of the machine for "host", and twice that for swap', () => {
    const [pkg] = parse({ ...GOOD, max_physical_memory: 'host', max_swap: 'host' });
    assert.equal(pkg?.max_physical_memory, 16_000);
    assert.equal(pkg?.max_swap, 32_000);
  });

  const refused: [string, unknown[], RegExp][] = [
    ['no object', [7], /entry 1 is no object/],
    ['no uuid', [{ ...GOOD, uuid: 'x' }], /entry 1 has no valid uuid/],
    ['no name', [{ ...GOOD, name: '' }], /has no name/],
    ['the same uuid twice', [GOOD, GOOD], /two packages have the uuid/],
    [
      'memory in words',
      [{ ...GOOD, max_physical_memory: '64M' }],
      /max_physical_memory of package sample-64M must/,
    ],
    ['no memory', [{ ...GOOD, max_physical_memory: 0 }], /must be a whole number from 1 on or "host"/],
    ['"host" where it means nothing', [{ ...GOOD, quota: 'host' }], /quota of package sample-64M must/],
    ['a negative limit', [{ ...GOOD, max_lwps: -1 }], /max_lwps/],
  ];
  for (const [what, entries, message] of refused) {
    it(`refuses ${what}`, () => assert.throws(() => parse(...entries), message));
  }

  it('refuses what is no list', () => assert.throws(() => parsePackages('{}', FACTS), /it must hold a list/));
});

describe('loadPackages', () => {
  it('reads the file that we ship', async () => {
    const packages = await loadPackages(resolve(import.meta.dirname, '../../../../../etc/packages.json'));
    const laptop = packages.find((pkg) => pkg.name === 'sample-laptop');
    assert.equal(laptop?.max_swap, 2 * (laptop?.max_physical_memory ?? 0));
    assert.ok(packages.every((pkg) => pkg.active));
  });

  it('names a file that is not there, and one that is not JSON', async () => {
    await assert.rejects(loadPackages('/nonexistent.json'), /\/nonexistent.json: ENOENT/);
    await assert.rejects(loadPackages(import.meta.filename), /load-packages.test.ts is not valid/);
  });
});
