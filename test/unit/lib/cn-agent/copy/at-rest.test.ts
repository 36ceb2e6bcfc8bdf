// What a container that does not run would see, as words for the program that mounts it.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { atRest } from '#lib/cn-agent/copy/at-rest.ts';
import type { OciMount, OciSpec } from '#lib/cn-agent/oci-spec/types.ts';
import type { ZoneRecord } from '#lib/cn-agent/zone-files.ts';

function zone(hostConfig: object): ZoneRecord {
  return {
    v: 1,
    vm: {
      uuid: '5f3a0000-0000-4000-8000-000000000000',
      nics: [],
      internal_metadata: { 'docker:hostconfig': JSON.stringify(hostConfig) },
      tags: {},
    },
    image: { uuid: '', chainId: null, config: {} },
    rootfs: [{ type: 'bind', source: '/s/1/fs', options: ['rbind'] }],
  } as unknown as ZoneRecord;
}
const ROOT = ['bind', '/s/1/fs', '', '/'];
const spec = (mounts: OciMount[]) => ({ mounts }) as unknown as OciSpec;
const bind = (source: string, destination: string, options: string[]): OciMount => ({
  type: 'bind',
  source,
  destination,
  options,
});

describe('atRest', () => {
  it('takes the binds that were asked for before the first start', () => {
    assert.deepEqual(atRest(zone({ Binds: ['/host/a:/data/a:ro', '/host/b:/b'] }), null), [
      ...['', ...ROOT],
      ...['/host/b', '/b', '', '1'],
      ...['/host/a', '/data/a', '1', '1'],
    ]);
  });
  it('takes the binds of the last run, parents first, without tmpfs and our own init', () => {
    const mounts = [
      bind('/h/deep', '/x/y/z', ['rbind', 'rro', 'rprivate']),
      bind('/h/x', '/x', ['bind', 'rprivate']),
      bind('/usr/bin/tini', '/sbin/docker-init', ['bind', 'ro']),
      { type: 'tmpfs', source: 'tmpfs', destination: '/t', options: [] },
      { type: 'proc', source: 'proc', destination: '/proc', options: [] },
    ];
    assert.deepEqual(atRest(zone({ ReadonlyRootfs: true }), spec(mounts)), [
      ...['1', ...ROOT],
      ...['/h/x', '/x', '', ''],
      ...['/h/deep', '/x/y/z', '1', '1'],
    ]);
  });
});
