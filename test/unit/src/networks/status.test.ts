// How many addresses of a network are in use, and how many are left.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { IpamConfig } from '#lib/store/types.ts';
import { toStatus } from '#src/networks/status.ts';

const CASES: [name: string, config: IpamConfig, held: string[], inUse: string, left: string][] = [
  ['an empty IPv4 network', { Subnet: '172.16.0.0/16', Gateway: '172.16.0.1' }, [], '3', '65533'],
  [
    'addresses of nics, the gateway told twice, others of elsewhere',
    { Subnet: '10.0.0.0/24', Gateway: '10.0.0.1' },
    ['10.0.0.1', '10.0.0.2', '10.0.0.255', '10.0.1.7', 'fd00::1'],
    '4',
    '252',
  ],
  [
    'only the range counts for what is left',
    { Subnet: '10.0.0.0/24', IPRange: '10.0.0.128/25', Gateway: '10.0.0.254' },
    ['10.0.0.9', '10.0.0.128'],
    '5',
    '125',
  ],
  ['IPv6', { Subnet: 'fd00::/96', Gateway: 'fd00::1' }, ['fd00::2'], '3', '4294967293'],
  ['more than 53 bits', { Subnet: 'fd00::/64', Gateway: 'fd00::1' }, [], '2', '18446744073709551614'],
  ['more than 64 bits', { Subnet: 'fd00::/48', Gateway: 'fd00::1' }, [], '2', '18446744073709551615'],
];
for (const [name, config, held, inUse, left] of CASES) {
  test(`status of a network: ${name}`, () =>
    assert.equal(
      JSON.stringify(toStatus([config], held)),
      `{"IPAM":{"Subnets":{"${config.Subnet}":{"IPsInUse":${inUse},"DynamicIPsAvailable":${left}}}}}`,
    ));
}
