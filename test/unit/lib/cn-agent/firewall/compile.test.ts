// Triton's rules → how one VM is filtered.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type ActiveRule, guestOf } from '#lib/cn-agent/firewall/compile.ts';
import { contentOf, toRule } from '#lib/fw-rules/rule.ts';
import type { NftFamily } from '#lib/net/families.ts';
import { chainOf, groupSet } from '#lib/net/firewall/ruleset.ts';
import type { Vm } from '#lib/wire/types.ts';
import { vmRecord } from '#test/unit/lib/cn-agent/vm-record.ts';

const OWNER = 'b4bb1880-8c2c-11e5-8994-28cfe91f7d53';
const OTHER = 'b4bb1880-8c2c-11e5-8994-28cfe91f7d54';
const VM = 'c0ffee00-0000-4000-8000-000000000002';
const PEER = 'c0ffee00-0000-4000-8000-000000000003';
const vm: Vm = {
  ...vmRecord(VM),
  owner_uuid: OWNER,
  tags: { sdc_docker: true, role: 'web' },
  nics: [{ mac: '', ip: '10.0.0.5', netmask: '', nic_tag: '', network_uuid: '' }],
};

const active = (text: string, more: object = { owner_uuid: OWNER }): ActiveRule => {
  const rule = toRule({ rule: text, enabled: true, ...more });
  return { rule, content: contentOf(rule) };
};
const group = (...what: string[]): string => `@${groupSet(JSON.stringify(what))}`;

/** The statements of a direction, as nft gets them. */
function statements(
  direction: 'in' | 'out',
  rules: ActiveRule[],
  of: Vm = vm,
  family: NftFamily = 'ip',
): string[] {
  const guest = guestOf(of, rules);
  return chainOf(direction, (direction === 'in' ? guest.inbound : guest.outbound) ?? [], family).rules;
}

const IN: [name: string, rules: ActiveRule[], want: string[]][] = [
  ['nothing', [], []],
  ['a published port', [active(`FROM any TO vm ${VM} ALLOW tcp PORT 80`)], ['tcp dport { 80 } goto allowed']],
  [
    'ports and ranges, without overlaps',
    [active(`FROM any TO vm ${VM} ALLOW udp PORTS 80, 90 - 100, 95 - 110`)],
    ['udp dport { 80, 90-110 } goto allowed'],
  ],
  [
    'all docker VMs',
    [active('FROM tag sdc_docker TO tag sdc_docker ALLOW tcp PORT all')],
    [`ip saddr ${group(OWNER, 'tag', 'sdc_docker')} meta l4proto tcp goto allowed`],
  ],
  [
    'pings, globally',
    [active('FROM any TO all vms ALLOW icmp TYPE 8 CODE 0', { global: true })],
    ['icmp type . icmp code { 8 . 0 } goto allowed'],
  ],
  [
    'every type of ICMP from addresses and VMs',
    [active(`FROM (ip 192.0.2.1 OR subnet 10.9.0.0/16 OR vm ${PEER}) TO all vms ALLOW icmp TYPE all`)],
    [
      'ip saddr 192.0.2.1 meta l4proto icmp goto allowed',
      'ip saddr 10.9.0.0/16 meta l4proto icmp goto allowed',
      `ip saddr ${group(OWNER, 'vm', PEER)} meta l4proto icmp goto allowed`,
    ],
  ],
  [
    'a tag with its value',
    [active('FROM any TO tag role = web ALLOW tcp PORT 1')],
    ['tcp dport { 1 } goto allowed'],
  ],
  ['a tag with another value', [active('FROM any TO tag role = db ALLOW tcp PORT 1')], []],
  ["another owner's rule", [active('FROM any TO all vms ALLOW tcp PORT 1', { owner_uuid: OTHER })], []],
  ['a rule about its way out', [active(`FROM vm ${VM} TO any BLOCK tcp PORT 1`)], []],
  [
    'an ALLOW before a BLOCK',
    [active('FROM any TO all vms BLOCK tcp PORT 1'), active('FROM ip 192.0.2.1 TO all vms ALLOW tcp PORT 1')],
    ['ip saddr 192.0.2.1 tcp dport { 1 } goto allowed', 'tcp dport { 1 } drop'],
  ],
  [
    'but for its priority',
    [
      active('FROM any TO all vms BLOCK tcp PORT 1 PRIORITY 5'),
      active('FROM ip 192.0.2.1 TO all vms ALLOW tcp PORT 1'),
    ],
    ['tcp dport { 1 } drop', 'ip saddr 192.0.2.1 tcp dport { 1 } goto allowed'],
  ],
  ['IPsec', [active('FROM any TO all vms ALLOW esp')], ['meta l4proto esp goto allowed']],
  ['IPv6 addresses', [active('FROM ip fd22::1 TO all vms ALLOW tcp PORT 1')], []],
];
for (const [name, rules, want] of IN) {
  test(`in: ${name}`, () => assert.deepEqual(statements('in', rules), [...want, 'drop']));
}

const IN6: [name: string, rules: ActiveRule[], want: string[]][] = [
  [
    'an address',
    [active('FROM ip fd22::1 TO all vms ALLOW tcp PORT 1')],
    ['ip6 saddr fd22::1 tcp dport { 1 } goto allowed'],
  ],
  ['an address of the other family', [active('FROM ip 192.0.2.1 TO all vms ALLOW tcp PORT 1')], []],
  [
    'a group',
    [active('FROM tag role = web TO all vms ALLOW udp PORT 53')],
    [`ip6 saddr ${group(OWNER, 'tag', 'role', 'web')} udp dport { 53 } goto allowed`],
  ],
  [
    'ICMP of the own family only',
    [
      active('FROM any TO all vms ALLOW icmp TYPE 8 CODE 0'),
      active('FROM any TO all vms ALLOW icmp6 TYPE 128 CODE 0'),
    ],
    ['icmpv6 type . icmpv6 code { 128 . 0 } goto allowed'],
  ],
  [
    'every ICMP',
    [active('FROM any TO all vms ALLOW icmp6 TYPE all')],
    ['meta l4proto ipv6-icmp goto allowed'],
  ],
];
for (const [name, rules, want] of IN6) {
  test(`in, IPv6: ${name}`, () => assert.deepEqual(statements('in', rules, vm, 'ip6'), [...want, 'drop']));
}

const OUT: [name: string, rules: ActiveRule[], want: string[]][] = [
  ['nothing', [], []],
  ['only ALLOW: it is so anyway', [active('FROM all vms TO any ALLOW tcp PORT 1')], []],
  ['a BLOCK', [active('FROM tag role TO any BLOCK tcp PORT 25')], ['tcp dport { 25 } drop']],
  [
    'a BLOCK before an ALLOW',
    [
      active('FROM all vms TO ip 192.0.2.1 ALLOW tcp PORT 25'),
      active('FROM all vms TO any BLOCK tcp PORT 25'),
    ],
    ['tcp dport { 25 } drop', 'ip daddr 192.0.2.1 tcp dport { 25 } return'],
  ],
];
for (const [name, rules, want] of OUT) {
  test(`out: ${name}`, () => assert.deepEqual(statements('out', rules), want));
}

test('a VM whose firewall is off is open, and still known to rules about others', () => {
  const rules = [active('FROM any TO all vms BLOCK tcp PORT 1')];
  const guest = guestOf({ ...vm, firewall_enabled: false }, rules);
  assert.deepEqual([guest.inbound, guest.outbound, guest.ips], [null, [], ['10.0.0.5']]);
  const key = (...what: string[]) => JSON.stringify(what);
  for (const each of [
    key(OWNER, 'vms'),
    key('*', 'vms'),
    key(OWNER, 'vm', VM),
    key(OWNER, 'tag', 'role', 'web'),
  ])
    assert.ok(guest.groups.includes(each), each);
});
