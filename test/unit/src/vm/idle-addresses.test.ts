// Which nics a container that does not run gives up to one that asks for their addresses.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type DockerEndpoint, endpointKey } from '#lib/docker-vm/endpoints.ts';
import { uuidToDoubleId } from '#lib/docker-vm/ids.ts';
import { MD } from '#lib/docker-vm/metadata.ts';
import { decodeEndpoint } from '#src/vm/endpoint-settings.ts';
import { idleNics } from '#src/vm/idle-addresses.ts';
import { buildVm } from './build-vm.ts';

const NetworkID = uuidToDoubleId('0f0e0d0c-0b0a-4908-8706-050403020100');
const MAC = '90:b8:d0:01:02:03';
const asked = (raw: Record<string, unknown>, id = NetworkID): DockerEndpoint => ({
  ...decodeEndpoint(raw),
  NetworkID: id,
});
const recorded = { [endpointKey('mine')]: JSON.stringify({ NetworkID }) };
const byIp = asked({ IPAMConfig: { IPv4Address: '172.29.0.5' } });

describe('a container that does not run', () => {
  it('gives up the nic with the address or the MAC address', () => {
    const vm = buildVm({}, recorded);
    assert.deepEqual(idleNics(vm, byIp), [MAC]);
    assert.deepEqual(idleNics(vm, asked({ MacAddress: '90-B8-D0-01-02-03' })), [MAC]);
    const nic = { ...vm.nics[0]!, ips: ['172.29.0.5/16', 'fd00:1::5/64'] };
    const six = asked({ IPAMConfig: { IPv6Address: 'fd00:1:0::5' } });
    assert.deepEqual(idleNics({ ...vm, nics: [nic] }, six), [MAC]);
  });

  it('keeps what is another address, or is one of another network', () => {
    const vm = buildVm({}, recorded);
    assert.deepEqual(idleNics(vm, asked({})), []);
    assert.deepEqual(idleNics(vm, asked({ IPAMConfig: { IPv4Address: '172.29.0.6' } })), []);
    assert.deepEqual(idleNics(vm, { ...byIp, NetworkID: 'a'.repeat(64) }), []);
  });

  it('keeps everything when it runs, is about to, or has no record to start with again', () => {
    assert.deepEqual(idleNics(buildVm({ state: 'running', zone_state: 'running' }, recorded), byIp), []);
    assert.deepEqual(idleNics(buildVm({}, { ...recorded, [MD.restarting]: true }), byIp), []);
    assert.deepEqual(idleNics(buildVm(), byIp), []);
  });
});
