// Volumes of VOLAPI as Docker's: shape, filters, options, names.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Volume } from '#lib/wire/types.ts';
import { parseFilters } from '#src/api/filters.ts';
import { toVolume } from '#src/volumes/from-volume.ts';
import { volumeTest } from '#src/volumes/list.ts';
import { checkVolumeName } from '#src/volumes/lookup.ts';
import { checkLocalOptions, nfsParams } from '#src/volumes/options.ts';
import { pruneTest } from '#src/volumes/prune.ts';

const volume = (more: Partial<Volume> = {}): Volume => ({
  uuid: '11111111-2222-4333-8444-555555555555',
  owner_uuid: 'o',
  name: 'data',
  type: 'local',
  state: 'ready',
  create_timestamp: '2026-11-24T10:00:00.123Z',
  ...more,
});

test('a volume of each type', () => {
  assert.deepEqual(
    toVolume(volume({ filesystem_path: '/v/_data', labels: { a: 'b' }, options: { o: 'x' } })),
    {
      CreatedAt: '2026-11-24T10:00:00Z',
      Driver: 'local',
      Labels: { a: 'b' },
      Mountpoint: '/v/_data',
      Name: 'data',
      Options: { o: 'x' },
      Scope: 'local',
    },
  );
  const nfs = toVolume(volume({ type: 'tritonnfs', size: 10240, state: 'creating' }));
  assert.deepEqual(
    [nfs.Driver, nfs.Mountpoint, nfs.Options, nfs.Labels],
    ['tritonnfs', '', { size: '10240M' }, null],
  );
});

const used = volume({ name: 'used', refs: ['x'] });
const anonymous = volume({ name: 'f'.repeat(64), labels: { 'com.docker.volume.anonymous': '' } });
const labelled = volume({ name: 'lab', labels: { a: 'b' } });
const ALL = [used, anonymous, labelled];
const select = (test: (each: Volume) => boolean) => ALL.filter(test).map(({ name }) => name[0]);
const LISTS: [filters: object, names: string[]][] = [
  [{}, ['u', 'f', 'l']],
  [{ dangling: ['true'] }, ['f', 'l']],
  [{ dangling: ['0'] }, ['u']],
  [{ name: ['a'] }, ['l']],
  [{ label: ['a=b'] }, ['l']],
  [{ driver: ['local'], name: ['us'] }, ['u']],
];
for (const [filters, want] of LISTS) {
  test(`list ${JSON.stringify(filters)}`, () => {
    const accepted = parseFilters(JSON.stringify(filters), null);
    assert.deepEqual(select(volumeTest(accepted)), want);
  });
}
const PRUNES: [version: number, filters: object, names: string[]][] = [
  [41, {}, ['f', 'l']],
  [42, {}, ['f']],
  [42, { all: ['1'] }, ['f', 'l']],
  [45, { all: ['true'], 'label!': ['a'] }, ['f']],
];
for (const [version, filters, want] of PRUNES) {
  test(`prune ${version} ${JSON.stringify(filters)}`, () => {
    const accepted = parseFilters(JSON.stringify(filters), null);
    assert.deepEqual(select(pruneTest(accepted, version as never)), want);
  });
}

for (const name of ['ab', 'a.b-c_d', '0x']) test(`name ${name}`, () => checkVolumeName(name));
for (const [name, error] of [
  ['a', /^create a: volume name is too short/],
  ['.a', /^create \.a: "\.a" includes invalid characters/],
  ['a*', /includes invalid characters/],
  ['', /includes invalid characters/],
] as const)
  test(`no name ${name}`, () => assert.throws(() => checkVolumeName(name), { message: error }));

for (const [options, error] of [
  [{ x: '1' }, /^create v: invalid option: "x"$/],
  [{ type: 'nfs' }, /missing required option: "device"$/],
  [{ device: 'x' }, /missing required option: "type"$/],
  [{ size: '1g' }, /quota size requested but no quota support$/],
  [{ size: 'big' }, /invalid size: 'big'$/],
] as const)
  test(`options ${JSON.stringify(options)}`, () => {
    assert.throws(() => checkLocalOptions('v', options as never, false), { message: error });
  });
test('options that may be', () => {
  checkLocalOptions('v', {}, false);
  checkLocalOptions('v', { size: '0' }, false);
  checkLocalOptions('v', { size: '10 GiB' }, true);
  checkLocalOptions('v', { type: 'tmpfs', device: 'tmpfs' }, false);
  assert.deepEqual(nfsParams('v', { size: '10G', network: 'n' }), { size: 10240, networks: ['n'] });
  assert.deepEqual(nfsParams('v', { size: '10240' }), { size: 10240 });
  assert.deepEqual(nfsParams('v', {}), {});
  assert.throws(() => nfsParams('v', { size: 'x' }), { message: /invalid size "x"/ });
  assert.throws(() => nfsParams('v', { type: 'nfs' }), { message: /invalid option: "type"/ });
});
