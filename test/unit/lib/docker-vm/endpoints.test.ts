// A VM's places on Docker networks: read from its metadata, joined with its nics, and what they say of route and names.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  type DockerEndpoint,
  endpointKey,
  endpointsOf,
  namesOn,
  placesOf,
  withGateway,
} from '#lib/docker-vm/endpoints.ts';
import { uuidToDoubleId } from '#lib/docker-vm/ids.ts';
import type { Scalar, VmNic } from '#lib/wire/types.ts';

const [A, B, C] = ['a', 'b', 'c'].map((digit) => `${digit.repeat(8)}-1111-4222-8333-444444444444`);

function nicOn(network_uuid: string, gateway?: string, primary = false): VmNic {
  const mac = `90:b8:d0:00:00:${network_uuid.slice(0, 2)}`;
  const own = { mac, ip: '10.0.0.2', netmask: '255.255.255.0', nic_tag: 't', network_uuid, primary };
  return gateway === undefined ? own : { ...own, gateway };
}

function record(network_uuid: string, asked: Partial<DockerEndpoint> = {}): string {
  return JSON.stringify({ NetworkID: uuidToDoubleId(network_uuid), ...asked });
}

describe('places', () => {
  it('are read by network name; what is broken is left out, what is absent is nothing asked', () => {
    const internal_metadata = {
      [endpointKey('one')]: record(A!, { Aliases: ['x'] }),
      [endpointKey('two')]: 'not json',
      [endpointKey('three')]: '{}',
      'docker:other': record(B!),
    };
    const found = endpointsOf({ nics: [nicOn(A!)], internal_metadata });
    assert.deepEqual([...found.keys()], ['one']);
    assert.deepEqual([found.get('one')?.Aliases, found.get('one')?.Links], [['x'], null]);
    const nics = [nicOn(A!), nicOn(B!)];
    assert.deepEqual(
      placesOf({ nics, internal_metadata }).map(({ network }) => network),
      ['one', uuidToDoubleId(B!)],
    );
  });

  const old: [string, Record<string, Scalar>, string][] = [
    ['nothing said', {}, 'bridge'],
    ['default', { 'docker:hostconfig': '{"NetworkMode":"default"}' }, 'bridge'],
    ['a name', { 'docker:hostconfig': '{"NetworkMode":"mine"}' }, 'mine'],
  ];
  for (const [what, internal_metadata, name] of old) {
    it(`without records there is one, by the mode: ${what}`, () => {
      assert.deepEqual([...endpointsOf({ nics: [nicOn(A!)], internal_metadata }).keys()], [name]);
      assert.equal(endpointsOf({ nics: [], internal_metadata }).size, 0);
    });
  }
});

describe('the default route', () => {
  const names = (priorities: Partial<Record<'aa' | 'bb', number>>) => ({
    [endpointKey('bb')]: record(A!, { GwPriority: priorities.bb ?? 0 }),
    [endpointKey('aa')]: record(B!, { GwPriority: priorities.aa ?? 0 }),
    [endpointKey('shut')]: record(C!, { GwPriority: 100 }),
  });
  const nics = [nicOn(A!, '10.0.0.1', true), nicOn(B!, '10.1.0.1'), nicOn(C!)];
  const cases: [string, Partial<Record<'aa' | 'bb', number>>, string][] = [
    ['by name', {}, B!],
    ['by priority', { bb: 1 }, A!],
    ['a negative priority counts as well', { aa: -1 }, A!],
  ];
  for (const [what, priorities, network] of cases) {
    it(`${what}; never by a network that leads nowhere`, () => {
      const primary = withGateway({ nics, internal_metadata: names(priorities) }).filter(
        (nic) => nic.primary,
      );
      assert.deepEqual(
        primary.map(({ network_uuid }) => network_uuid),
        [network],
      );
    });
  }

  it('is as Triton chose it where Docker recorded nothing', () =>
    assert.equal(withGateway({ nics, internal_metadata: {} }), nics));
});

it('names: its own, its aliases, its short id, its host name, each once', () => {
  const id = '0123456789abcdef'.repeat(4);
  const vm = { uuid: A!, alias: 'web', hostname: id.slice(0, 12), internal_metadata: { 'docker:id': id } };
  const endpoint = { ...endpointsOf({ nics: [nicOn(A!)], internal_metadata: {} }).get('bridge')! };
  assert.deepEqual(namesOn(vm, { ...endpoint, Aliases: ['db', 'web'] }), ['web', 'db', id.slice(0, 12)]);
  assert.deepEqual(namesOn({ ...vm, hostname: 'host' }, null), ['web', id.slice(0, 12), 'host']);
});
