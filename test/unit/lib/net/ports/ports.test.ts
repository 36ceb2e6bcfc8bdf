// lib/net/ports, the pure parts: rules, reservations.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { subnetOf } from '#lib/net/addresses.ts';
import { EPHEMERAL, Reservations } from '#lib/net/ports/reservations.ts';
import { addForwards, deleteForwards, type Forward, portsRuleset } from '#lib/net/ports/ruleset.ts';
import { type PortProtocol, targetFor } from '#lib/net/ports/types.ts';

const target = { ip: '172.29.0.5', subnet: '172.29.0.0/16' };
const forward = (hostIp: string, hostPort: number, protocol: PortProtocol = 'tcp'): Forward => ({
  binding: { protocol, port: 80, hostIp, hostPort },
  target,
});

test('rules: IPv6 goes through the kernel to a container that speaks it', () => {
  const six = { ...target, ipv6: { ip: 'fd00:1::5', subnet: 'fd00:1::/64' } };
  const all = ['::', 'FD00::2', 'fe80::1%eth0', '0.0.0.0'].map((hostIp) => ({
    ...forward(hostIp, 8080),
    target: six,
  }));
  assert.equal(
    addForwards('br', all).join('\n'),
    `add element ip6 br-ports any { tcp . 8080 : fd00:1::5 . 80 }
add element ip6 br-ports own { fd00:1::5 . tcp . 8080 }
add element ip6 br-ports one { fd00::2 . tcp . 8080 : fd00:1::5 . 80 }
add element ip br-ports any { tcp . 8080 : 172.29.0.5 . 80 }
add element ip br-ports own { 172.29.0.5 . tcp . 8080 }
add element ip6 br-ports neighbours { fd00:1::/64 . fd00:1::/64 }
add element ip br-ports neighbours { 172.29.0.0/16 . 172.29.0.0/16 }`,
  );
  assert.deepEqual(
    ['::1', '127.0.0.1'].map((host) => targetFor(host, six)),
    ['fd00:1::5', '172.29.0.5'],
  );
  assert.equal(targetFor('::1', target), '172.29.0.5');
});

test('rules: an element for each IPv4 binding; IPv6 is not for the kernel where the container has none', () => {
  const all = [forward('0.0.0.0', 8080), forward('::', 8080), forward('127.0.0.1', 53, 'udp')];
  assert.equal(
    addForwards('br', all).join('\n'),
    `add element ip br-ports any { tcp . 8080 : 172.29.0.5 . 80 }
add element ip br-ports own { 172.29.0.5 . tcp . 8080 }
add element ip br-ports one { 127.0.0.1 . udp . 53 : 172.29.0.5 . 80 }
add element ip br-ports own { 172.29.0.5 . udp . 53 }
add element ip br-ports neighbours { 172.29.0.0/16 . 172.29.0.0/16 }`,
  );
  assert.equal(
    deleteForwards('br', all).join('\n'),
    `delete element ip br-ports any { tcp . 8080 }
delete element ip br-ports own { 172.29.0.5 . tcp . 8080 }
delete element ip br-ports one { 127.0.0.1 . udp . 53 }
delete element ip br-ports own { 172.29.0.5 . udp . 53 }`,
  );
});

test('rules: nothing is deleted twice', () => {
  const text = deleteForwards('br', [forward('127.0.0.1', 80), forward('10.0.0.1', 80)]);
  assert.equal(text.filter((line) => line.includes(' own ')).length, 1);
});

test('rules: the table is replaced whole, with what is to be in it', () => {
  const text = portsRuleset('br', [forward('0.0.0.0', 8080)]);
  assert.ok(text.startsWith('table ip br-ports\ndelete table ip br-ports\ntable ip br-ports {'));
  assert.ok(text.endsWith('neighbours { 172.29.0.0/16 . 172.29.0.0/16 }\n'));
});

const HOSTILE: [string, Forward][] = [
  ['port', forward('0.0.0.0', Number.NaN)],
  ['address', { ...forward('0.0.0.0', 1), target: { ip: '1.1.1.1 }\nflush ruleset', subnet: '10.0.0.0/8' } }],
  ['subnet', { ...forward('0.0.0.0', 1), target: { ip: '1.1.1.1', subnet: '10.0.0.0/8 }\nflush ruleset' } }],
];
for (const [what, each] of HOSTILE) {
  test(`rules refuse a ${what} that is none`, () =>
    assert.throws(() => addForwards('br', [each]), RangeError));
}

test('reservations: all addresses and one of them exclude each other; families and protocols do not', () => {
  const held = new Reservations();
  const take = (hostIp: string, protocol: PortProtocol = 'tcp') =>
    held.take({ protocol, hostIp, hostPort: 80 });
  assert.equal(take('127.0.0.1'), true);
  assert.equal(take('127.0.0.1'), false);
  assert.equal(take('10.0.0.1'), true);
  assert.equal(take('0.0.0.0'), false);
  assert.equal(take('::'), true);
  assert.equal(take('::1'), false);
  assert.equal(take('0.0.0.0', 'udp'), true);
  for (const hostIp of ['127.0.0.1', '10.0.0.1']) held.give({ protocol: 'tcp', hostIp, hostPort: 80 });
  assert.equal(take('0.0.0.0'), true);
  assert.equal(take('10.0.0.1'), false);
});

test('reservations: ephemeral ports go round, a range begins anew', () => {
  const held = new Reservations();
  const first = (range: { first: number; last: number } | null) => held.candidates(range).next().value;
  const next = (port: number) => (port === EPHEMERAL.last ? EPHEMERAL.first : port + 1);
  const begin = first(null)!;
  assert.ok(begin >= EPHEMERAL.first && begin <= EPHEMERAL.last);
  assert.equal(first(null), next(begin));
  assert.deepEqual([...held.candidates({ first: 7, last: 9 })], [7, 8, 9]);
  assert.equal(first({ first: 7, last: 9 }), 7);
  const all = [...held.candidates(null)];
  assert.equal(new Set(all).size, EPHEMERAL.last - EPHEMERAL.first + 1);
  assert.deepEqual([all.at(-1), first(null)], [next(begin), next(next(begin))]);
});

test('the subnet of an address', () => {
  assert.equal(subnetOf('172.29.3.4', '255.255.0.0'), '172.29.0.0/16');
  assert.equal(subnetOf('198.18.223.4', '255.255.240.0'), '198.18.208.0/20');
  assert.throws(() => subnetOf('1.2.3.4', '255.0.255.0'), RangeError);
});
