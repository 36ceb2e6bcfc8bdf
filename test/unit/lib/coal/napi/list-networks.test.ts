// lib/coal/napi/list-networks.ts: NAPI's filters, with the fabric rules that its one network does not show.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { selectNetworks } from '#lib/coal/napi/list-networks.ts';
import type { Network } from '#lib/wire/types.ts';

const OWNER = 'b4bb1880-8c2c-11e5-8994-28cfe91f7d53';
const OTHER = '930896af-bf8c-48d4-885c-6573a94b1853';

function network(name: string, uuid: string, more: Partial<Network> = {}): Network {
  return {
    ...{ name, uuid, family: 'ipv4', mtu: 1500, nic_tag: 'external', vlan_id: 0, resolvers: [] },
    subnet: '10.0.0.0/24',
    netmask: '255.255.255.0',
    provision_start_ip: '10.0.0.2',
    provision_end_ip: '10.0.0.254',
    ...more,
  };
}

const ALL = [
  network('plain', 'e0e0e0e0-0000-4000-8000-000000000002'),
  network('fab', 'a324856e-a934-4532-b77b-d8a0de511205', {
    ...{ owner_uuids: [OWNER], fabric: true, nic_tag: 'sdc_overlay', vlan_id: 2 },
  }),
];

const cases: [string, Record<string, string>, string[]][] = [
  ['no filter', {}, ['fab', 'plain']],
  ['name', { name: 'plain' }, ['plain']],
  ['a name alone finds no fabric', { name: 'fab' }, []],
  ['nor with its owner', { name: 'fab', owner_uuid: OWNER }, []],
  ['with provisionable_by it does', { name: 'fab', provisionable_by: OWNER }, ['fab']],
  ['with fabric=true it does', { name: 'fab', fabric: 'true' }, ['fab']],
  ["the daemon's query", { name: 'plain', provisionable_by: OTHER }, ['plain']],
  ['provisionable_by: own and everybody\u2019s', { provisionable_by: OTHER }, ['plain']],
  ['owner_uuid: own only', { owner_uuid: OWNER }, ['fab']],
  ['owner_uuid wins over provisionable_by', { owner_uuid: OTHER, provisionable_by: OWNER }, []],
  ['fabric=false', { fabric: 'false' }, ['plain']],
  ['uuid', { uuid: 'e0e0e0e0-0000-4000-8000-000000000002' }, ['plain']],
  ['uuid prefix', { uuid: 'a324856e*' }, ['fab']],
  ['uuid prefix, escaped', { uuid: 'a324856e\\2da934*' }, ['fab']],
  ['nic_tag and vlan_id', { nic_tag: 'sdc_overlay', vlan_id: '2' }, ['fab']],
  ['family', { family: 'ipv6' }, []],
  ['limit and offset', { limit: '1', offset: '1' }, ['plain']],
];

describe('selectNetworks', () => {
  for (const [what, query, names] of cases) {
    it(what, () =>
      assert.deepEqual(
        selectNetworks(ALL, query).map(({ name }) => name),
        names,
      ),
    );
  }

  const refused: [Record<string, string>, string][] = [
    [{ uuid: 'zz' }, 'uuid'],
    [{ uuid: 'e0e0e0e0' }, 'uuid'],
    [{ owner_uuid: 'x' }, 'owner_uuid'],
    [{ provisionable_by: '' }, 'provisionable_by'],
    [{ fabric: 'yes' }, 'fabric'],
    [{ family: 'ipx' }, 'family'],
    [{ vlan_id: '4095' }, 'vlan_id'],
    [{ limit: '0' }, 'limit'],
    [{ limit: '1001' }, 'limit'],
    [{ offset: '-1' }, 'offset'],
  ];
  for (const [query, field] of refused) {
    it(`refuses ${JSON.stringify(query)}`, () =>
      assert.throws(
        () => selectNetworks(ALL, query),
        (err: { restCode: string; errors: { field: string; code: string }[] }) =>
          err.restCode === 'InvalidParameters' &&
          err.errors[0]?.field === field &&
          err.errors[0].code === 'InvalidParameter',
      ));
  }

  it('refuses what it does not know, by name', () =>
    assert.throws(() => selectNetworks(ALL, { nosuch: '1' }), {
      restCode: 'InvalidParameters',
      statusCode: 422,
      errors: [{ field: ['nosuch'], code: 'UnknownParameters', message: 'Unknown parameters: nosuch' }],
    }));
});
