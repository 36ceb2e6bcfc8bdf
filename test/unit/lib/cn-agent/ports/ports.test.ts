// What is asked of the forwarding of ports, and how its answer is kept.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { publishedNic, toPortMap } from '#lib/cn-agent/ports/publish-ports.ts';
import { bindingsOf } from '#lib/cn-agent/ports/recover-ports.ts';
import { namedPorts, portWishes } from '#lib/cn-agent/ports/wishes.ts';
import { parsePort, parsePortRange } from '#lib/docker-vm/ports.ts';
import type { VmNic } from '#lib/wire/types.ts';

const any = { hostIp: '', hostPorts: null };

test('wishes: what is exposed and bound, in order; any port for an empty one', () => {
  const wishes = portWishes({
    exposedPorts: ['443/tcp', '80', '53/udp', '9/sctp'],
    hostConfig: {
      PortBindings: {
        '80/tcp': [{ HostIp: '127.0.0.1', HostPort: '8080' }, { HostPort: '' }],
        '53/udp': [{ HostPort: '8000-8010' }],
        '443/tcp': [{ HostPort: '0' }],
        '1000/tcp': [{ HostPort: '1000' }],
      },
    },
  });
  assert.deepEqual(wishes, [
    { port: 53, protocol: 'udp', hostIp: '', hostPorts: { first: 8000, last: 8010 } },
    { port: 80, protocol: 'tcp', hostIp: '127.0.0.1', hostPorts: { first: 8080, last: 8080 } },
    { port: 80, protocol: 'tcp', ...any },
    { port: 443, protocol: 'tcp', ...any },
  ]);
});

test('wishes: all ports are no more work than they are ports', { timeout: 60_000 }, () => {
  const names = Array.from({ length: 65_535 }, (_, at) => `${at + 1}/tcp`);
  const PortBindings = Object.fromEntries(names.map((name) => [name, [{ HostPort: '' }]]));
  assert.equal(portWishes({ exposedPorts: names, hostConfig: { PortBindings } }).length, 65_535);
});

test('wishes: two keys that mean one port', () => {
  const PortBindings = { '80': [{ HostPort: '8080' }], '80/tcp': [{ HostPort: '' }], '80/udp': null };
  assert.deepEqual(portWishes({ exposedPorts: ['80/tcp'], hostConfig: { PortBindings } }), [
    { port: 80, protocol: 'tcp', hostIp: '', hostPorts: { first: 8080, last: 8080 } },
    { port: 80, protocol: 'tcp', ...any },
  ]);
});

test('wishes: --publish-all is for what is not bound', () => {
  const PortBindings = { '80/tcp': [{ HostPort: '8080' }] };
  const asked = { exposedPorts: ['80/tcp', '9/udp'], hostConfig: { PublishAllPorts: true, PortBindings } };
  assert.deepEqual(portWishes(asked), [
    { port: 9, protocol: 'udp', ...any },
    { port: 80, protocol: 'tcp', hostIp: '', hostPorts: { first: 8080, last: 8080 } },
  ]);
  assert.deepEqual(namedPorts(asked), ['9/udp', '80/tcp']);
});

test('wishes: a host address is never a name', () => {
  const PortBindings = { '80/tcp': [{ HostIp: 'localhost', HostPort: '1' }] };
  assert.throws(() => portWishes({ exposedPorts: ['80/tcp'], hostConfig: { PortBindings } }), RangeError);
});

test('the map of a run, and back', () => {
  const bindings = [
    { port: 80, protocol: 'tcp' as const, hostIp: '0.0.0.0', hostPort: 8080 },
    { port: 80, protocol: 'tcp' as const, hostIp: '::', hostPort: 8080 },
  ];
  const map = toPortMap(['9/udp', '80/tcp'], bindings);
  assert.deepEqual(map, {
    '9/udp': null,
    '80/tcp': [
      { HostIp: '0.0.0.0', HostPort: '8080' },
      { HostIp: '::', HostPort: '8080' },
    ],
  });
  assert.deepEqual(bindingsOf(map), bindings);
});

test('the primary nic is the one that outsiders are led to', () => {
  const nic = (ip: string, primary?: boolean) => ({ ip, primary }) as VmNic;
  assert.equal(publishedNic({ nics: [], internal_metadata: {} }), null);
  assert.equal(
    publishedNic({ nics: [nic('10.0.0.1'), nic('10.0.0.2', true)], internal_metadata: {} })?.ip,
    '10.0.0.2',
  );
  assert.equal(
    publishedNic({ nics: [nic('10.0.0.1'), nic('10.0.0.2')], internal_metadata: {} })?.ip,
    '10.0.0.1',
  );
});

const PORTS: [string, object | null][] = [
  ['80/tcp', { port: 80, protocol: 'tcp' }],
  ['80', { port: 80, protocol: 'tcp' }],
  ['53/UDP', { port: 53, protocol: 'udp' }],
  ['9/sctp', { port: 9, protocol: 'sctp' }],
  ['0/tcp', null],
  ['80-81/tcp', null],
  ['80/icmp', null],
  ['x/tcp', null],
  ['65536/tcp', null],
  ['80/tcp/udp', null],
  ['', null],
];
for (const [text, want] of PORTS) {
  test(`port '${text}'`, () => assert.deepEqual(parsePort(text), want));
}

const RANGES: [string, object | null][] = [
  ['80', { first: 80, last: 80 }],
  ['80-90', { first: 80, last: 90 }],
  ['0', { first: 0, last: 0 }],
  ['90-80', null],
  ['80-', null],
  ['70000', null],
  ['1e3', null],
  ['', null],
];
for (const [text, want] of RANGES) {
  test(`range '${text}'`, () => assert.deepEqual(parsePortRange(text), want));
}
