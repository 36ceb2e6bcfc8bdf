// Fabric networks in CoaL's NAPI: whose they are, what is refused, and that records outlive the process.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { readFabricNetwork } from '#lib/coal/napi/create-fabric-network.ts';
import { type OpenNetwork, openNetwork } from '#lib/coal/napi/network.ts';
import { TritonError } from '#lib/wire/errors.ts';

const OWNER = 'b4bb1880-8c2c-11e5-8994-28cfe91f7d53';
const OTHER = 'c4bb1880-8c2c-11e5-8994-28cfe91f7d53';
const UUID = 'a324856e-a934-4532-b77b-d8a0de511205';
const vlan = { name: 'v', owner_uuid: OWNER, vlan_id: 2, vnet_id: 7 };
const settings = { name: 'd', subnet: '172.29.0.0/16', mtu: 1500, resolvers: [] };
const body = {
  name: 'n',
  subnet: '10.1.0.0/24',
  provision_start_ip: '10.1.0.5',
  provision_end_ip: '10.1.0.250',
  gateway: '10.1.0.1',
};

function opened(owner: string, over: object = {}): OpenNetwork {
  const made = readFabricNetwork({ ...body, uuid: UUID, ...over }, { ...vlan, owner_uuid: owner }, free);
  return openNetwork({ ...made, nic_tag_uuid: '', next_ip: 0, number: 1 }, settings);
}
const free = { networks: [] as OpenNetwork[], machine: [] as string[], mtu: 1500 };

function errors(given: object, known: Partial<typeof free> = {}): object[] {
  try {
    readFabricNetwork({ ...body, ...given }, vlan, { ...free, ...known });
    return [];
  } catch (err) {
    assert.ok(err instanceof TritonError && err.statusCode === 422);
    return err.errors;
  }
}

describe('a new fabric network', () => {
  it('is shown as NAPI shows one', () => {
    const { resolvers: _machines, ...view } = opened(OWNER, { internet_nat: false }).view();
    assert.deepEqual(view, {
      family: 'ipv4',
      mtu: 1500,
      nic_tag: 'sdc_overlay',
      name: 'n',
      provision_end_ip: '10.1.0.250',
      provision_start_ip: '10.1.0.5',
      subnet: '10.1.0.0/24',
      uuid: UUID,
      vlan_id: 2,
      fabric: true,
      vnet_id: 7,
      internet_nat: false,
      gateway_provisioned: false,
      gateway: '10.1.0.1',
      netmask: '255.255.255.0',
      owner_uuids: [OWNER],
    });
  });

  const own = opened(OWNER, {
    subnet: '10.2.0.0/24',
    provision_start_ip: '10.2.0.5',
    provision_end_ip: '10.2.0.9',
    gateway: '10.2.0.1',
  });
  const cases: [string, object, Partial<typeof free>, object[]][] = [
    ...['x', '', '10.0.0.0', '10.0.0.0/33', '10.0.0.0/8/8'].map((subnet): (typeof cases)[number] => [
      `'${subnet}' for a subnet`,
      { subnet },
      {},
      [{ field: 'subnet', code: 'InvalidParameter' }],
    ]),
    ['a gateway elsewhere', { gateway: '10.9.0.1' }, {}, [{ field: 'gateway', code: 'InvalidParameter' }]],
    ['a name in use', { name: 'n' }, { networks: [own] }, [{ field: 'name', code: 'Duplicate' }]],
    [
      'an own subnet',
      { name: 'm', subnet: '10.0.0.0/8' },
      { networks: [own] },
      [{ field: 'subnet', code: 'UsedBy', id: UUID }],
    ],
    ['the machine’s', { name: 'm' }, { machine: ['10.1.0.0/16'] }, [{ field: 'subnet', code: 'UsedBy' }]],
  ];
  for (const [what, given, known, want] of cases) {
    it(`refused: ${what}`, () => {
      const found = errors(given, known).map((error) =>
        Object.fromEntries(Object.entries(error).filter(([key]) => ['field', 'code', 'id'].includes(key))),
      );
      assert.deepEqual(found, want);
    });
  }

  it('does not tell whose subnet it overlaps when that is another account’s', () => {
    const [error] = errors({ name: 'm' }, { networks: [opened(OTHER)] });
    assert.equal((error as { code: string }).code, 'UsedBy');
    assert.ok(!('id' in error!));
  });
});
