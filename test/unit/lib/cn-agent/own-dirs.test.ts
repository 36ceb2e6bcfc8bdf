// Binds of what the compute node keeps for itself, or of what that is in.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { followOwnDirs } from '#lib/cn-agent/own-dirs.ts';
import { MD } from '#lib/docker-vm/metadata.ts';

const OWN = ['/var/lib/sdc', '/run/sdc/containerd'];
const settle = (...mounts: object[]): string[] => {
  const whole = mounts.map((mount) => ({
    Type: 'bind',
    Destination: '/d',
    Propagation: 'rprivate',
    ...mount,
  }));
  const vm = { internal_metadata: { [MD.mounts]: JSON.stringify(whole) } };
  const settled = JSON.parse(String(followOwnDirs(vm, OWN).internal_metadata[MD.mounts]));
  return settled.map(({ Propagation }: { Propagation: string }) => Propagation);
};

test('a bind of them, of a part, or of what they are in follows the node; others do as they are told', () => {
  for (const Source of ['/', '/var', '/var/lib/sdc', '/var/lib/sdc/zones/x', '/run', '/run/sdc'])
    assert.deepEqual(settle({ Source }), ['rslave'], Source);
  for (const Source of ['/var/lib/sdc2', '/var/lib/s', '/run/sdc/docker.sock', '/srv'])
    assert.deepEqual(settle({ Source }), ['rprivate'], Source);
  const asked = { Source: '/', propagationAsked: true };
  assert.deepEqual(
    settle(
      { ...asked, Propagation: 'rshared' },
      { ...asked, Propagation: 'rslave' },
      { ...asked, Source: '/srv', Propagation: 'shared' },
      { Type: 'volume', Source: '/var/lib/sdc/volumes/x', Propagation: '' },
      { Source: '/', inherited: true },
    ),
    ['rshared', 'rslave', 'shared', '', 'rprivate'],
  );
});

test('the same VM when nothing is to change', () => {
  const vm = {
    internal_metadata: { [MD.mounts]: '[{"Type":"bind","Source":"/srv","Propagation":"rprivate"}]' },
  };
  assert.equal(followOwnDirs(vm, OWN), vm);
  const none = { internal_metadata: {} };
  assert.equal(followOwnDirs(none, OWN), none);
});

test('another way is refused in dockerd’s words', () => {
  for (const Propagation of ['private', 'rprivate', 'slave', 'shared']) {
    const ownMessage =
      'invalid mount config: must use either propagation mode "rslave" or "rshared" when mount source is within the daemon root, ' +
      `daemon root: "/var/lib/sdc", bind mount source: "/", propagation: "${Propagation}"`;
    assert.throws(() => settle({ Source: '/', propagationAsked: true, Propagation }), {
      restCode: 'MountRefused',
      ownMessage,
    });
  }
});
