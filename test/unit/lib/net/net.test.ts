// lib/net, the pure parts: addresses, names, the texts for ip and nft. What comes from outside never becomes another command.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { macOf, parseSubnet, prefixOf } from '#lib/net/addresses.ts';
import {
  addressBatch,
  bridgeBatch,
  destroyBatch,
  goneBatch,
  makeBatch,
  moveBatch,
  unplugBatch,
  upBatch,
  wireBatch,
} from '#lib/net/batches.ts';
import { nameNics } from '#lib/net/interface-names.ts';
import { namesFor, newId } from '#lib/net/names.ts';
import { bridgeElements, removeRuleset, ruleset } from '#lib/net/ruleset.ts';
import type { ContainerNic } from '#lib/net/types.ts';
import type { VmNic } from '#lib/wire/types.ts';

const SUBNETS: [cidr: string, subnet: object | null][] = [
  ['172.29.0.0/16', { network: '172.29.0.0', prefix: 16 }],
  ['10.0.0.0/8', { network: '10.0.0.0', prefix: 8 }],
  ['192.0.2.0/30', { network: '192.0.2.0', prefix: 30 }],
  ['192.0.2.0/31', null],
  ['192.0.2.0/', null],
  ['192.0.2.0', null],
  ['192.0.2.0/16; reboot', null],
  ['192.0.2/24', null],
  ['192.0.2.256/24', null],
  ['::/64', null],
  ['192.0.2.0/-1', null],
  ['192.0.2.0/1e1', null],
  ['', null],
];
for (const [cidr, subnet] of SUBNETS) {
  test(`subnet '${cidr}'`, () => {
    if (subnet === null) assert.throws(() => parseSubnet(cidr), RangeError);
    else assert.deepEqual(parseSubnet(cidr), subnet);
  });
}

test('every netmask there is, and what is none', () => {
  for (let prefix = 0; prefix <= 32; prefix++) {
    const mask = prefix === 0 ? 0 : (0xffffffff << (32 - prefix)) >>> 0;
    const text = [24, 16, 8, 0].map((shift) => (mask >>> shift) & 255).join('.');
    assert.equal(prefixOf(text), prefix);
  }
  for (const text of [
    '255.0.255.0',
    '0.0.0.1',
    '255.255.255.253',
    '127.255.255.255',
    '128.0.0.1',
    '255.255.0',
    'ffff',
    '',
  ]) {
    assert.throws(() => prefixOf(text), RangeError, text);
  }
});

test('a MAC of an address', () => {
  assert.equal(macOf('172.29.0.1'), '02:42:ac:1d:00:01');
  assert.equal(macOf('255.0.16.9'), '02:42:ff:00:10:09');
});

test('names: what belongs to a bridge is known again, what looks like it is not', () => {
  const names = namesFor('sdct7');
  assert.equal(names.netns('ab12'), 'sdct7-ab12');
  assert.equal(names.link('ab12', 0), 'sdct7vab120');
  assert.equal(names.link('ab12', 10), 'sdct7vab12a');
  assert.equal(names.idOfNetns(names.netns('ab12')), 'ab12');
  assert.equal(names.idOfLink(names.link('ab12', 35)), 'ab12');
  for (const name of [
    'sdct7',
    'sdct70-ab12',
    'sdct-ab12',
    'sdct7-ab1',
    'sdct7-ab123',
    'sdct7-AB12',
    'xsdct7-ab12',
    'sdct7-ab12\n',
    'cni-sdct7-ab12',
  ]) {
    assert.equal(names.idOfNetns(name), null, name);
  }
  // bridge 'sdct7v' would make a link 'sdct7vv…': a letter more
  for (const name of ['sdct7', 'sdct7vab12', 'sdct7vab1200', 'sdct7vvab120', 'sdct71vab120', 'veth0']) {
    assert.equal(names.idOfLink(name), null, name);
  }
  assert.equal(names.claims, '/run/sdc-docker-net/sdct7');
});

test('the longest names fit into the 15 characters of Linux', () => {
  const names = namesFor('abcdefgh9');
  assert.equal(names.link(newId(), 9).length, 15);
  for (const bridge of ['', 'A', '9a', 'abcdefghij', 'a-b', 'a b', 'a;b', '../x', 'a\n'])
    assert.throws(() => namesFor(bridge), RangeError);
});

test('ids are four characters, and seldom the same', () => {
  const ids = new Set(Array.from({ length: 200 }, newId));
  for (const id of ids) assert.match(id, /^[0-9a-z]{4}$/);
  assert.ok(ids.size > 190);
});

const names = namesFor('sdct7');
const NIC: VmNic = {
  mac: '90:b8:d0:11:22:33',
  ip: '172.29.0.5',
  netmask: '255.255.0.0',
  gateway: '172.29.0.1',
  nic_tag: 't',
  network_uuid: 'n',
};

test('the bridge: made once, then only put right', () => {
  const subnet = { network: '172.29.0.0', prefix: 16 };
  const again = [
    'link set sdct7 address 02:42:ac:1d:00:01',
    'link set sdct7 mtu 1400 addrgenmode none',
    'addr replace 172.29.0.1/16 brd + dev sdct7',
    'link set sdct7 up',
    '',
  ].join('\n');
  assert.equal(bridgeBatch('sdct7', true, subnet, '172.29.0.1', 1400), again);
  assert.equal(
    bridgeBatch('sdct7', false, subnet, '172.29.0.1', 1400),
    `link add sdct7 type bridge stp_state 0 forward_delay 0\n${again}`,
  );
  assert.throws(() => bridgeBatch('sdct7', true, subnet, '172.29.0.1\nlink del eth0', 1400), RangeError);
});

test('a namespace, and more nics for it', () => {
  assert.equal(makeBatch(names, 'ab12', 0, 1500), 'netns add sdct7-ab12\n');
  assert.equal(
    makeBatch(names, 'ab12', 1, 1500),
    'netns add sdct7-ab12\nlink add sdct7vab120 mtu 1500 type veth peer name eth0 mtu 1500 netns sdct7-ab12\nlink set sdct7vab120 addrgenmode none master sdct7 up\n',
  );
  const wire = { index: 1, inside: 'eth1', bridge: 'sdct7f1', mtu: 1450 };
  assert.equal(
    wireBatch(names, 'ab12', [wire]),
    'link add sdct7vab121 mtu 1450 type veth peer name eth1 mtu 1450 netns sdct7-ab12\nlink set sdct7vab121 addrgenmode none master sdct7f1 up\n',
  );
  assert.equal(moveBatch(names, 'ab12', wire), 'link set sdct7vab121 mtu 1450 master sdct7f1\n');
});

/** What is written when a VM takes a namespace. */
function claimBatch(nics: ContainerNic[], mtu: number): string {
  const named = nameNics(nics);
  return `${addressBatch(named, mtu)}${upBatch(named, nics)}`;
}

test('a claim: addresses, and one default route', () => {
  assert.equal(
    claimBatch([NIC], 1500),
    'link set dev eth0 address 90:b8:d0:11:22:33 alias 90:b8:d0:11:22:33\naddr add 172.29.0.5/16 brd + dev eth0\nlink set dev eth0 up\nroute replace default via 172.29.0.1\n',
  );
  assert.equal(claimBatch([], 1500), '');
  const second = { ...NIC, ip: '10.0.0.5', gateway: '10.0.0.1', mtu: 1400 };
  assert.match(
    claimBatch([NIC, second], 1500),
    /link set dev eth1 address \S+ mtu 1400 alias \S+\n[\s\S]*route replace default via 172\.29\.0\.1\n$/,
  );
  assert.match(
    claimBatch([NIC, { ...second, primary: true }], 1500),
    /route replace default via 10\.0\.0\.1\n$/,
  );
  const { gateway: _none, ...bare } = NIC;
  assert.ok(!claimBatch([{ ...bare, primary: true }], 1500).includes('route'));
  // primary, but without a gateway: the other's gateway it is
  assert.match(
    claimBatch([{ ...bare, primary: true }, second], 1500),
    /route replace default via 10\.0\.0\.1\n$/,
  );
});

test('a claim of a nic that speaks IPv6 too: a second address at once, and a second default route', () => {
  const six = { ...NIC, ips: ['172.29.0.5/16', 'fd00:7::5/64'], gateways: ['172.29.0.1', 'fd00:7::1'] };
  assert.deepEqual(claimBatch([six], 1500).trim().split('\n').slice(1), [
    'addr add 172.29.0.5/16 brd + dev eth0',
    'addr add fd00:7::5/64 dev eth0 nodad',
    'link set dev eth0 up',
    'route replace default via 172.29.0.1',
    'route replace ::/0 via fd00:7::1',
  ]);
  const second = { ...six, ips: ['10.0.0.5/24', 'fd00:8::5/64'], gateways: ['fd00:8::1'], primary: true };
  assert.match(
    claimBatch([{ ...six, primary: false }, second], 1500),
    /route replace ::\/0 via fd00:8::1\n$/,
  );
  assert.ok(!claimBatch([{ ...six, gateways: ['172.29.0.1'] }], 1500).includes('::/0'));
  for (const ips of [['fd00::5/129'], ['fd00::5/x']])
    assert.throws(() => claimBatch([{ ...six, ips }], 1500), RangeError);
});

test('a change of a running one: what comes, with the size of packets that its link has; what goes', () => {
  const named = [{ nic: { ...NIC, mtu: 1400 }, name: 'eth2' }];
  assert.equal(
    addressBatch(named, null),
    'link set dev eth2 address 90:b8:d0:11:22:33 alias 90:b8:d0:11:22:33\naddr add 172.29.0.5/16 brd + dev eth2\n',
  );
  assert.equal(goneBatch(['eth1']), 'link del dev eth1\n');
});

test('link-local addresses are more addresses of the interface; those of IPv6 only where it speaks it', () => {
  const six = { ...NIC, ips: ['172.29.0.5/16', 'fd00:7::5/64'], linkLocal: ['169.254.1.2', 'FE80::5'] };
  const commands = addressBatch(nameNics([six]), 1500)
    .trim()
    .split('\n')
    .slice(3);
  assert.deepEqual(commands, [
    'addr add 169.254.1.2/16 brd + dev eth0',
    'addr add fe80::5/64 nodad dev eth0',
  ]);
  assert.throws(() => addressBatch(nameNics([{ ...NIC, linkLocal: ['169.254.1.2', 'fe80::5'] }]), 1500), {
    message:
      'failed to add interface veth0112233 to sandbox: error setting interface "veth0112233" link local IPs to [169.254.1.2/16 fe80::5/64]: permission denied',
  });
  assert.throws(() => addressBatch(nameNics([{ ...NIC, linkLocal: ['x\nreboot'] }]), 1500), RangeError);
});

const BAD: Partial<VmNic>[] = [
  { mac: '90:b8:d0:11:22' },
  { mac: '90:b8:d0:11:22:33\nlink del eth0' },
  { mac: '' },
  { ip: '172.29.0.5/8' },
  { ip: '::1' },
  { ip: '172.29.0.5\nreboot' },
  { netmask: '255.0.255.0' },
  { gateway: 'x' },
  { gateway: '172.29.0.1 dev lo' },
  { mtu: 1 },
  { mtu: 1400.5 },
  { mtu: 1e6 },
  { mtu: '1400\nlink del eth0' as never },
];
for (const over of BAD) {
  test(`no nic: ${JSON.stringify(over)}`, () =>
    assert.throws(() => claimBatch([{ ...NIC, ...over }], 1500), RangeError));
}

test('off the wire, and away: links before namespaces', () => {
  assert.equal(
    unplugBatch(['sdct7vab120', 'sdct7vab121']),
    'link set sdct7vab120 down\nlink set sdct7vab121 down\n',
  );
  assert.equal(unplugBatch([]), '');
  assert.equal(destroyBatch(['sdct7-ab12'], ['sdct7vab120']), 'link del sdct7vab120\nnetns del sdct7-ab12\n');
  assert.equal(destroyBatch([], []), '');
});

test('the rules: replaced as a whole; into a bridge come answers, published ports and what the firewall allows, nothing else', () => {
  const standard = { bridge: 'sdct7', subnet: '172.29.0.0/16', subnet6: null, internal: false };
  const shut = { bridge: 'sdct7f1', subnet: '172.18.0.0/16', subnet6: 'fd00:1::/64', internal: true };
  const six = { bridge: 'sdct7f2', subnet: '172.19.0.0/16', subnet6: 'fd00:2::/64', internal: false };
  const text = ruleset(names, [standard, shut, six]);
  assert.ok(text.startsWith('table ip sdct7\ndelete table ip sdct7\ntable ip sdct7 {'));
  const forward = /chain forward \{([\s\S]*?)\n {2}\}/
    .exec(text)?.[1]
    ?.trim()
    .split('\n')
    .map((line) => line.trim());
  assert.deepEqual(forward, [
    'type filter hook forward priority filter; policy accept;',
    'iifname . oifname @same accept',
    'iifname @internal drop',
    'oifname @internal drop',
    'oifname @bridges ct state established,related accept',
    'oifname @bridges ct status dnat accept',
    'iifname @bridges oifname @bridges drop',
    'iifname @bridges accept',
    'oifname @bridges meta mark and 268435456 == 268435456 accept',
    'oifname @bridges drop',
  ]);
  assert.match(text, /ip saddr @natted oifname != @bridges masquerade/);
  const elements = [standard, shut, six].map((one) => bridgeElements(names, one, 'add')).join('');
  assert.ok(text.endsWith(elements));
  assert.match(text, /table ip6 sdct7 \{[\s\S]*ip6 saddr @natted oifname != @bridges masquerade/);
  assert.deepEqual(bridgeElements(names, six, 'add').split('\n'), [
    'add element ip sdct7 bridges { "sdct7f2" }',
    'add element ip sdct7 same { "sdct7f2" . "sdct7f2" }',
    'add element ip sdct7 natted { 172.19.0.0/16 }',
    'add element ip6 sdct7 bridges { "sdct7f2" }',
    'add element ip6 sdct7 same { "sdct7f2" . "sdct7f2" }',
    'add element ip6 sdct7 natted { fd00:2::/64 }',
    '',
  ]);
  assert.deepEqual(
    bridgeElements(names, { ...six, peers: false, masquerade: false }, 'add', ['ip']).split('\n'),
    ['add element ip sdct7 bridges { "sdct7f2" }', ''],
  );
  assert.equal(ruleset(names, [six], ['ip']).includes('ip6'), false);
  assert.match(text, /add element ip sdct7 natted \{ 172\.29\.0\.0\/16 \}/);
  assert.match(text, /add element ip sdct7 internal \{ "sdct7f1" \}/);
  assert.equal(removeRuleset(names, ['ip']), 'table ip sdct7\ndelete table ip sdct7\n');
  assert.match(removeRuleset(names), /delete table ip6 sdct7\n$/);
});
