// lib/coal/overlapping.ts: whose subnet is in the way.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { overlapping } from '#lib/coal/overlapping.ts';

const LINKS = [
  { ifname: 'lo', addr_info: [{ local: '127.0.0.1', prefixlen: 8 }] },
  { ifname: 'eth0', addr_info: [{ local: '192.168.7.9', prefixlen: 24 }] },
  { ifname: 'plain', addr_info: [] },
  { ifname: 'tun0', addr_info: [{ local: '10.8.0.6', prefixlen: 32 }] },
  { ifname: 'sdcbr0', addr_info: [{ local: '172.29.0.1', prefixlen: 16 }] },
  { ifname: 'docker0', addr_info: [{ local: '172.17.0.1', prefixlen: 16 }] },
];

const CASES: [subnet: string, taken: string | null][] = [
  ['172.29.0.0/16', null],
  ['172.17.0.0/16', 'docker0 (172.17.0.1/16)'],
  ['172.17.200.0/24', 'docker0 (172.17.0.1/16)'],
  ['172.16.0.0/12', 'docker0 (172.17.0.1/16)'],
  ['192.168.8.0/24', null],
  ['192.168.0.0/16', 'eth0 (192.168.7.9/24)'],
  ['10.8.0.0/24', 'tun0 (10.8.0.6/32)'],
  ['10.8.1.0/24', null],
];
for (const [subnet, taken] of CASES) {
  test(`${subnet} is ${taken === null ? 'free' : `taken by ${taken}`}`, () => {
    assert.equal(overlapping(subnet, 'sdcbr0', LINKS), taken);
  });
}
