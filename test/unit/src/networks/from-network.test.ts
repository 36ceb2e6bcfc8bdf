// A NAPI network in Docker's shape, its endpoints, its older forms, and the list's filters.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Network } from '#lib/wire/types.ts';
import { parseFilters } from '#src/api/filters.ts';
import { networkForVersion, noneNetwork, toEndpoints, toNetwork } from '#src/networks/from-network.ts';
import { networkTest } from '#src/networks/list.ts';
import { buildVm } from '#test/unit/src/vm/build-vm.ts';

const UUID = '7f0a8b9c-0000-4000-8000-000000000001';
const HEX = UUID.replaceAll('-', '');
const bridge = toNetwork(
  { uuid: UUID, subnet: '10.1.0.0/16', gateway: '10.1.0.1', mtu: 1400 } as Network,
  'bridge',
);
const nic = {
  mac: '90:b8:d0:00:00:01',
  ip: '10.1.0.7',
  netmask: '255.255.0.0',
  nic_tag: 'external',
  network_uuid: UUID,
};

describe('networks', () => {
  it('has the id twice, subnet and gateway', () => {
    assert.equal(bridge.Id, HEX + HEX);
    assert.deepEqual(bridge.IPAM.Config, [{ Subnet: '10.1.0.0/16', Gateway: '10.1.0.1' }]);
    assert.equal(bridge.Options['com.docker.network.driver.mtu'], '1400');
  });

  it('shows the containers that are on it', () => {
    const vm = buildVm({ alias: 'web', nics: [nic] });
    const endpoints = Object.values(toEndpoints(bridge, [vm, buildVm({ nics: [] })]));
    assert.equal(endpoints.length, 1);
    assert.partialDeepStrictEqual(endpoints[0], {
      Name: 'web',
      MacAddress: nic.mac,
      IPv4Address: '10.1.0.7/16',
    });
    assert.deepEqual(toEndpoints(noneNetwork(), [vm]), {});
  });

  it('says EnableIPv4 from 1.48 on', () => {
    assert.equal('EnableIPv4' in networkForVersion(bridge, 47), false);
    assert.equal('EnableIPv4' in networkForVersion(bridge, 48), true);
  });

  const cases: [object, string[]][] = [
    [{}, ['bridge', 'none']],
    [{ name: ['bri'] }, ['bridge']],
    [{ id: [HEX.slice(0, 8)] }, ['bridge']],
    [{ driver: ['null'] }, ['none']],
    [{ type: ['custom'] }, []],
    [{ type: ['builtin'] }, ['bridge', 'none']],
    [{ label: ['x'] }, []],
  ];
  for (const [filters, names] of cases) {
    it(`lists ${JSON.stringify(filters)}`, () => {
      const test = networkTest(parseFilters(JSON.stringify(filters), Object.keys(filters)));
      assert.deepEqual(
        [bridge, noneNetwork()].filter(test).map((network) => network.Name),
        names,
      );
    });
  }

  it('refuses a type that is none', () =>
    assert.throws(() => networkTest(new Map([['type', new Set(['x'])]])), /invalid filter: 'type'='x'/));
});
