// What a container mounts, of all the ways to ask for it.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ownFilesystems } from '#src/containers/create/choose-mounts.ts';
import { decodeCreate } from '#src/containers/create/decode.ts';
import { type PlannedMount, planMounts, readonlyAsBefore } from '#src/containers/create/plan-mounts.ts';
import { parseBind, parseVolumesFrom, validateMounts } from '#src/containers/create/validate-mounts.ts';

const host = (HostConfig: object, Volumes: object = {}) => decodeCreate({ Image: 'a', Volumes, HostConfig });
const plan = (HostConfig: object, Volumes: object = {}, inherited: PlannedMount[][] = []) =>
  planMounts(host(HostConfig, Volumes), inherited, 'local');

test('a named volume, a bind and an anonymous volume', () => {
  const { mounts, volumes } = plan({ Binds: ['v:/a:ro,nocopy', '/srv:/b/'] }, { '/c/': {} });
  const name = mounts[2]!.Name!;
  assert.match(name, /^[0-9a-f]{64}$/);
  const volume = { Type: 'volume', Source: '', Driver: 'local', Propagation: '' };
  assert.deepEqual(mounts, [
    { ...volume, Name: 'v', Destination: '/a', Mode: 'ro,nocopy', RW: false },
    { Type: 'bind', Source: '/srv', Destination: '/b', Mode: '', RW: true, Propagation: 'rprivate' },
    { ...volume, Name: name, Destination: '/c', Mode: '', RW: true, anonymous: true },
  ]);
  assert.deepEqual(volumes, [
    { name: 'v', type: 'local', mountpoint: '/a', mode: 'ro', nocopy: true },
    {
      ...{ name, type: 'local', mountpoint: '/c', mode: 'rw', anonymous: true },
      labels: { 'com.docker.volume.anonymous': '' },
    },
  ]);
});

test('what is asked for by hand wins over --volumes-from, and that over VOLUME', () => {
  const point = { Type: 'volume', Source: '/x', Driver: 'local', Mode: 'z', RW: true, Propagation: '' };
  const other: PlannedMount[] = [
    { ...point, Name: 'one', Destination: '/a', anonymous: true },
    { ...point, Name: 'two', Destination: '/b' },
  ];
  const { mounts, volumes } = plan({ VolumesFrom: ['x:ro'], Binds: ['v:/a'] }, { '/b': {} }, [other]);
  assert.deepEqual(
    mounts.map(({ Name, Destination, RW, Mode, inherited }) => [Name, Destination, RW, Mode, inherited]),
    [
      ['v', '/a', true, 'z', undefined],
      ['two', '/b', false, '', true],
    ],
  );
  assert.deepEqual(volumes[1], { name: 'two', type: 'local', mountpoint: '/b', mode: 'ro', nocopy: true });
});

test('read-only of an old client goes no deeper, and whoever takes such a mount over has it so', () => {
  const BindOptions = { NonRecursive: true, ReadOnlyNonRecursive: true };
  const asked = {
    Binds: ['/s:/a:ro', '/s:/b', 'v:/c:ro'],
    Mounts: [
      { Type: 'bind', Source: '/s', Target: '/d', ReadOnly: true },
      { Type: 'bind', Source: '/s', Target: '/e', ReadOnly: true, BindOptions },
    ],
  };
  const marks = (mounts: PlannedMount[]) =>
    mounts.map(({ Destination, nonRecursive, readonlyNonRecursive }) =>
      [Destination, nonRecursive && 'top', readonlyNonRecursive && 'plain'].filter(Boolean).join(' '),
    );
  const { mounts } = plan(asked);
  assert.deepEqual(marks(mounts), ['/a', '/b', '/c', '/d', '/e top plain']);
  const old = readonlyAsBefore(mounts);
  assert.deepEqual(marks(old), ['/a plain', '/b', '/c', '/d plain', '/e top plain']);
  const taken = plan({ VolumesFrom: ['x:ro'] }, {}, [old]).mounts;
  assert.deepEqual(marks(readonlyAsBefore(taken)), marks(old));
});

test('a volume that nobody named may be read-only', () => {
  const asked = { Mounts: [{ Type: 'volume', Target: '/a', ReadOnly: true }] };
  validateMounts(host(asked).hostConfig);
  const [volume] = plan(asked).volumes;
  assert.deepEqual([volume?.mode, volume?.anonymous], ['ro', true]);
});

test('an image is read-only whatever was asked, and known by its name', () => {
  const asked = { Type: 'image', Source: 'busybox', Target: '/i/', ImageOptions: { Subpath: 'bin' } };
  const point = { Type: 'image', Name: 'busybox', Source: '', Mode: '', RW: false, Propagation: 'rprivate' };
  assert.deepEqual(plan({ Mounts: [asked] }).mounts, [{ ...point, Destination: '/i', subpath: 'bin' }]);
});

test('a tmpfs takes the place of a VOLUME', () => {
  assert.deepEqual(plan({ Tmpfs: { '/t/': '' } }, { '/t': {} }).mounts, []);
});

test('--mount with all of its options', () => {
  const VolumeOptions = {
    NoCopy: true,
    Subpath: 'a/b',
    Labels: { l: 'm' },
    DriverConfig: { Name: 'local', Options: { type: 'tmpfs' } },
  };
  const { volumes } = plan({ Mounts: [{ Type: 'volume', Source: 'v', Target: '/v', VolumeOptions }] });
  assert.deepEqual(volumes, [
    {
      ...{ name: 'v', type: 'local', mountpoint: '/v', mode: 'rw', nocopy: true, subpath: 'a/b' },
      ...{ labels: { l: 'm' }, options: { type: 'tmpfs' } },
    },
  ]);
});

test('without local volumes an anonymous one is a file system of the VM', () => {
  const { filesystems, volumes } = ownFilesystems(plan({ Binds: ['v:/a'] }, { '/c': {} }));
  assert.equal(filesystems.length, 1);
  const { source, ...rest } = filesystems[0]!;
  assert.match(source, /^[0-9a-f-]{36}$/);
  assert.deepEqual(rest, { target: '/c', type: 'lofs', options: [] });
  assert.deepEqual(volumes, [{ name: 'v', type: 'local', mountpoint: '/a', mode: 'rw' }]);
});

const BAD_BINDS: [string, RegExp][] = [
  ['', /invalid volume specification: ''$/],
  ['a:b:c:d', /invalid volume specification: 'a:b:c:d'$/],
  ['/a:ro', /invalid volume specification: '\/a:ro'$/],
  [':/a', /invalid volume specification: ':\/a'$/],
  ['v:/a:nosuch', /^invalid mode: nosuch$/],
  ['v:/a:ro,rw', /^invalid mode: ro,rw$/],
  ['v:/a:rshared', /type "volume": field BindOptions must not be specified$/],
  ['/s:/a:nocopy', /type "bind": field VolumeOptions must not be specified$/],
  ['v:a', /invalid mount path: 'a' mount path must be absolute$/],
  ['v:/..', /invalid specification: destination can't be '\/'$/],
];
for (const [bind, error] of BAD_BINDS)
  test(`bind ${bind}`, () => assert.throws(() => parseBind(bind), { message: error }));

const BAD_FROM: [string, RegExp][] = [
  ['', /^volumes-from specification cannot be an empty string$/],
  ['a:x', /^invalid mode: x$/],
  ['a:nocopy', /^invalid mode: nocopy$/],
  ['a:rshared', /^invalid mode: rshared$/],
];
for (const [text, error] of BAD_FROM)
  test(`volumes-from ${text}`, () => assert.throws(() => parseVolumesFrom(text), { message: error }));
test('volumes-from', () => {
  assert.deepEqual(parseVolumesFrom('a'), { ref: 'a', readonly: false });
  assert.deepEqual(parseVolumesFrom('a:ro,z'), { ref: 'a', readonly: true });
});

const BAD_MOUNTS: [object, RegExp][] = [
  [
    { Type: 'volume', Target: '/a', VolumeOptions: { Subpath: 'x' } },
    /must not set Subpath when using anonymous/,
  ],
  [
    { Type: 'volume', Source: 'v', Target: '/a', VolumeOptions: { Subpath: '/x' } },
    /must be a relative path/,
  ],
  [
    { Type: 'volume', Source: 'v', Target: '/a', VolumeOptions: { Subpath: 'a/../../x' } },
    /must be a relative/,
  ],
  [
    { Type: 'bind', Source: '/a', Target: '/a', BindOptions: { Propagation: 'x' } },
    /invalid propagation mode: x$/,
  ],
  [{ Type: 'image', Target: '/a' }, /field Source must not be empty$/],
  [{ Type: 'image', Source: 'i', Target: '/a', ImageOptions: { Subpath: '../x' } }, /must be a relative/],
  [
    { Type: 'tmpfs', Target: '/a', ImageOptions: { Subpath: 'x' } },
    /field ImageOptions must not be specified$/,
  ],
];
for (const [mount, error] of BAD_MOUNTS) {
  test(`mount ${JSON.stringify(mount)}`, () => {
    assert.throws(() => validateMounts(host({ Mounts: [mount] }).hostConfig), { message: error });
  });
}
