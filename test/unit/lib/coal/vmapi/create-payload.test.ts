// POST /vms: what VMAPI refuses, and what it fills in from the package.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { readCreatePayload } from '#lib/coal/vmapi/create-payload.ts';
import { TritonError } from '#lib/wire/errors.ts';
import type { Package } from '#lib/wire/types.ts';

const UUID = 'c0ffee00-0000-4000-8000-00000000000';
const PACKAGE: Package = {
  uuid: `${UUID}1`,
  name: 'sample-128M',
  version: '1.0.0',
  active: true,
  max_lwps: 4000,
  max_physical_memory: 128,
  max_swap: 512,
  quota: 10_240,
  zfs_io_priority: 100,
  cpu_cap: 0,
  v: 1,
};
const known = {
  newUuid: () => `${UUID}9`,
  findPackage: (uuid: string) => (uuid === PACKAGE.uuid ? PACKAGE : null),
  aliasInUse: (_owner: string, alias: string) => alias === 'taken',
  uuidInUse: (uuid: string) => uuid === `${UUID}8`,
};
const good = {
  brand: 'lx',
  owner_uuid: `${UUID}2`,
  image_uuid: `${UUID}3`,
  billing_id: PACKAGE.uuid,
  networks: [{ uuid: `${UUID}4`, primary: true }],
  docker: true,
  autoboot: false,
};

describe('readCreatePayload', () => {
  it('takes sizes from the package', () => {
    const { vm, networks } = readCreatePayload({ ...good, alias: 'web', zlog_max_size: 5 }, known);
    assert.equal(vm.uuid, `${UUID}9`);
    assert.equal(vm.state, 'provisioning');
    assert.deepEqual(
      [vm.max_physical_memory, vm.max_swap, vm.quota, vm.cpu_cap, vm.cpu_shares, vm.docker, vm.autoboot],
      [128, 512, 10, null, 1, true, false],
    );
    assert.equal(vm.zlog_max_size, 5);
    assert.deepEqual(networks, [{ uuid: `${UUID}4`, primary: true }]);
  });

  it('reads every form of a network', () => {
    const forms = [
      `${UUID}4`,
      { ipv4_uuid: `${UUID}5`, ipv4_ips: ['10.0.0.9'] },
      { uuid: `${UUID}6`, mac: '02:00:00:00:00:01' },
    ];
    assert.deepEqual(readCreatePayload({ ...good, networks: forms }, known).networks, [
      { uuid: `${UUID}4` },
      { uuid: `${UUID}5`, ip: '10.0.0.9' },
      { uuid: `${UUID}6`, mac: '02:00:00:00:00:01' },
    ]);
  });

  const refusals: [string, Record<string, unknown>, [string, string][]][] = [
    [
      'nothing at all',
      {},
      [
        ['brand', 'MissingParameter'],
        ['networks', 'MissingParameter'],
        ['owner_uuid', 'MissingParameter'],
        ['image_uuid', 'MissingParameter'],
        ['ram', 'MissingParameter'],
      ],
    ],
    ['a taken alias', { ...good, alias: 'taken' }, [['alias', 'Duplicate']]],
    ['an alias that is none', { ...good, alias: '-x' }, [['alias', 'Invalid']]],
    ['a uuid that is there', { ...good, uuid: `${UUID}8` }, [['uuid', 'Duplicate']]],
    ['an unknown package', { ...good, billing_id: `${UUID}7` }, [['billing_id', 'Invalid']]],
    [
      'metadata with an object',
      { ...good, internal_metadata: { a: {} } },
      [['internal_metadata', 'Invalid']],
    ],
    ['a tag that Triton does not know', { ...good, tags: { 'triton.x': 'y' } }, [['tags', 'Invalid']]],
    ['a network that is none', { ...good, networks: [{}] }, [['networks', 'Invalid']]],
    [
      'two primary networks',
      { ...good, networks: [good.networks[0], good.networks[0]] },
      [['networks', 'Invalid']],
    ],
  ];
  for (const [what, body, expected] of refusals) {
    it(`refuses ${what}`, () => {
      assert.throws(
        () => readCreatePayload(body, known),
        (err) => {
          assert.ok(err instanceof TritonError);
          assert.deepEqual([err.restCode, err.statusCode], ['ValidationFailed', 409]);
          assert.deepEqual(
            err.errors.map(({ field, code }) => [field, code]),
            expected,
          );
          return true;
        },
      );
    });
  }
});
