// lib/cn-agent/docker-stats.ts: the names of nics are worked out once, until they change.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ifnamesUntilChanged } from '#lib/cn-agent/docker-stats.ts';
import { IFNAME_OPTION } from '#lib/docker-vm/endpoint-options.ts';
import { endpointKey } from '#lib/docker-vm/endpoints.ts';
import { uuidToDoubleId } from '#lib/docker-vm/ids.ts';
import { vmRecord } from './vm-record.ts';

const UUID = '0123abcd-4567-489a-bcde-f0123456789a';

test('the names of nics', () => {
  const named = (name: string) => {
    const endpoint = { NetworkID: uuidToDoubleId(UUID), DriverOpts: { [IFNAME_OPTION]: name } };
    const vm = vmRecord(UUID, { [endpointKey('bridge')]: JSON.stringify(endpoint) });
    const nic = { mac: '90:b8:d0:00:00:01', ip: '10.0.0.2', netmask: '255.0.0.0', network_uuid: UUID };
    return { ...vm, nics: [nic] as typeof vm.nics };
  };
  const machine = { zone: { vm: named('lan0') } };
  const names = ifnamesUntilChanged(machine);
  const first = names();
  assert.deepEqual(first, ['lan0']);
  assert.equal(names(), first);
  machine.zone = { vm: named('lan1') };
  assert.deepEqual(names(), ['lan1']);
});
