// What inspect and ps show as published: as the compute node tells it, or at the container's own address.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MD } from '#lib/docker-vm/metadata.ts';
import { toPortList, toPorts } from '#src/containers/from-vm/ports.ts';
import { buildVm } from '#test/unit/src/vm/build-vm.ts';

const START = { [MD.startedAt]: '2026-11-24T10:00:00Z' };
const host = (HostConfig: object, exposed: string[]) => ({
  ...START,
  [MD.hostConfig]: JSON.stringify(HostConfig),
  [MD.config]: JSON.stringify({ ExposedPorts: Object.fromEntries(exposed.map((name) => [name, {}])) }),
});
const TOLD = {
  '53/udp': null,
  '80/tcp': [
    { HostIp: '0.0.0.0', HostPort: '8080' },
    { HostIp: '::', HostPort: '8080' },
  ],
};
const told = { ...START, [MD.ports]: JSON.stringify(TOLD) };

test('ports: as the compute node has told them', () => {
  const vm = buildVm({ state: 'running' }, told);
  assert.deepEqual(toPorts(vm), TOLD);
  assert.deepEqual(toPortList(vm), [
    { PrivatePort: 53, Type: 'udp' },
    { IP: '0.0.0.0', PrivatePort: 80, PublicPort: 8080, Type: 'tcp' },
    { IP: '::', PrivatePort: 80, PublicPort: 8080, Type: 'tcp' },
  ]);
});

const cases: [name: string, vm: ReturnType<typeof buildVm>, want: object][] = [
  ['none of a stopped one', buildVm({ exit_timestamp: '2026-11-24T10:00:09.000Z' }, told), {}],
  ['none of a created one', buildVm({}, told), {}],
  ['paused is running', buildVm({ state: 'running' }, { ...told, [MD.paused]: true }), TOLD],
  ['none while it waits for a restart', buildVm({}, { ...told, [MD.restarting]: true }), {}],
  [
    'no forwarding: the same port',
    buildVm(
      { state: 'running' },
      host({ PortBindings: { '80/tcp': [{ HostIp: '', HostPort: '80' }] } }, ['80/tcp', '9/tcp']),
    ),
    { '9/tcp': null, '80/tcp': [{ HostIp: '0.0.0.0', HostPort: '80' }] },
  ],
  [
    'no forwarding: all',
    buildVm({ state: 'running' }, host({ PublishAllPorts: true }, ['80/tcp'])),
    { '80/tcp': [{ HostIp: '0.0.0.0', HostPort: '80' }] },
  ],
  [
    'without a network',
    buildVm({ state: 'running', nics: [] }, host({ PublishAllPorts: true }, ['80/tcp'])),
    {},
  ],
  ['broken', buildVm({ state: 'running' }, { ...START, [MD.ports]: '{' }), {}],
];
for (const [name, vm, want] of cases) {
  test(`ports: ${name}`, () => assert.deepEqual(toPorts(vm), want));
}
