// IPv6 of a nic.
import assert from 'node:assert/strict';
import test from 'node:test';
import { addressesOf, ipv6Of } from '#lib/wire/nic-ipv6.ts';
import type { VmNic } from '#lib/wire/types.ts';

const CASES: [string, Pick<VmNic, 'ips' | 'gateways'>, ReturnType<typeof ipv6Of>][] = [
  ['nothing told', {}, null],
  ['IPv4 only', { ips: ['10.0.0.2/24'], gateways: ['10.0.0.1'] }, null],
  ['words', { ips: ['dhcp', 'addrconf'] }, null],
  [
    'both',
    { ips: ['10.0.0.2/24', 'fd00::2/64'], gateways: ['10.0.0.1', 'fd00::1'] },
    { ip: 'fd00::2', prefix: 64, gateway: 'fd00::1' },
  ],
  [
    'internal',
    { ips: ['10.0.0.2/24', 'fd00::2/64'], gateways: [] },
    { ip: 'fd00::2', prefix: 64, gateway: null },
  ],
];
for (const [name, nic, expected] of CASES) {
  test(`IPv6 of a nic: ${name}`, () => {
    assert.deepEqual(ipv6Of(nic), expected);
    const all = addressesOf({ ...nic, ip: '10.0.0.2' } as VmNic);
    assert.deepEqual(all, ['10.0.0.2', ...(expected ? [expected.ip] : [])]);
  });
}
