// lib/cn-agent/oci-spec: the mount table — binds however they are written, tmpfs options, order, and what hides what.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bindOptions, cleanPath, containerBinds } from '#lib/cn-agent/oci-spec/binds.ts';
import { dockerSettings, type HostConfig } from '#lib/cn-agent/oci-spec/docker-settings.ts';
import { mounts, rootfsPropagation } from '#lib/cn-agent/oci-spec/mounts.ts';
import { tmpfsOptions, tmpfsText } from '#lib/cn-agent/oci-spec/tmpfs-options.ts';
import { allBinds, volumeBinds } from '#lib/cn-agent/oci-spec/volume-binds.ts';
import { MD } from '#lib/docker-vm/metadata.ts';
import { type Asked, specInput } from './parts.ts';

const table = (asked: Asked) => {
  const input = specInput(asked);
  return mounts(input, dockerSettings(input.vm, {}));
};
const at = (asked: Asked, destination: string) =>
  table(asked).filter((mount) => mount.destination === destination);

const PATHS: [path: string, clean: string][] = [
  ['/a', '/a'],
  ['/a/', '/a'],
  ['//a///b//', '/a/b'],
  ['/a/./b', '/a/b'],
  ['/a/../b', '/b'],
  ['/../../../etc', '/etc'],
  ['/a/b/../../../..', '/'],
  ['/', '/'],
  ['/a/..b/...', '/a/..b/...'],
];
for (const [path, clean] of PATHS) test(`path ${path}`, () => assert.equal(cleanPath(path), clean));

const PLAIN = { readonly: false, recursiveReadonly: true, recursive: true, propagation: 'rprivate' };
const BINDS: [host: HostConfig, expected: object[]][] = [
  [{ Binds: null, Mounts: null }, []],
  [{ Binds: ['/s:/d'] }, [{ ...PLAIN, source: '/s', destination: '/d', createSource: true }]],
  [
    { Binds: ['/s:/d:ro'] },
    [{ ...PLAIN, source: '/s', destination: '/d', readonly: true, createSource: true }],
  ],
  [
    { Binds: ['/s:/d:rw,rshared,Z'] },
    [{ ...PLAIN, source: '/s', destination: '/d', propagation: 'rshared', createSource: true }],
  ],
  // 'ro' as a part of another word is not 'ro'
  [{ Binds: ['/s:/d:rprivate,nocopy'] }, [{ ...PLAIN, source: '/s', destination: '/d', createSource: true }]],
  [{ Binds: ['/s:/d/../e//f/.'] }, [{ ...PLAIN, source: '/s', destination: '/e/f', createSource: true }]],
  [
    { Binds: ['/s:/../../etc/passwd'] },
    [{ ...PLAIN, source: '/s', destination: '/etc/passwd', createSource: true }],
  ],
  [
    { Mounts: [{ Type: 'bind', Source: '/s', Target: '/d/' }] },
    [{ ...PLAIN, source: '/s', destination: '/d', createSource: false }],
  ],
  [
    {
      Mounts: [
        {
          Type: 'bind',
          Source: '/s',
          Target: '/d',
          ReadOnly: true,
          BindOptions: {
            Propagation: 'slave',
            NonRecursive: true,
            CreateMountpoint: true,
            ReadOnlyNonRecursive: true,
          },
        },
      ],
    },
    [
      {
        source: '/s',
        destination: '/d',
        readonly: true,
        recursiveReadonly: false,
        recursive: false,
        propagation: 'slave',
        createSource: true,
      },
    ],
  ],
  [{ Mounts: [{ Type: 'tmpfs', Target: '/t' }] }, []],
];
for (const [host, expected] of BINDS)
  test(`binds of ${JSON.stringify(host)}`, () => assert.deepEqual(containerBinds(host, []), expected));

test('volumes stand in for names, wherever those come from, and only there', () => {
  const volume = { source: '/v', destination: '/data', readonly: true };
  const bind = { ...PLAIN, ...volume, createSource: false };
  for (const host of [
    { Binds: ['data:/data/./'] },
    { Mounts: [{ Type: 'volume', Source: 'data', Target: '//data' }] },
    { Mounts: [{ Type: 'volume', Target: '/data' }] },
    {},
  ] as HostConfig[])
    assert.deepEqual(containerBinds(host, [volume]), [bind]);
});

const NO_BINDS: HostConfig[] = [
  { Binds: ['data:/data'] },
  { Binds: ['/s:data'] },
  { Binds: ['/s'] },
  { Binds: [''] },
  { Binds: ['../s:/d'] },
  { Binds: ['/s:/'] },
  { Binds: ['/s:/d/..'] },
  { Mounts: [{ Type: 'volume', Source: 'data', Target: '/data' }] },
  { Mounts: [{ Type: 'bind', Target: '/data' }] },
  { Mounts: [{ Type: 'bind', Source: 's', Target: '/data' }] },
  { Mounts: [{ Type: 'bind', Source: '/s', Target: '/../..' }] },
  { Mounts: [{ Type: 'npipe', Source: '/s', Target: '/data' }] },
];
for (const host of NO_BINDS)
  test(`no binds: ${JSON.stringify(host)}`, () =>
    assert.throws(() => containerBinds(host, []), { restCode: 'VmStartFailed', statusCode: 400 }));

test('a tmpfs over the whole root is refused, too', () => {
  for (const hostConfig of [
    { Tmpfs: { '/': '' } },
    { Tmpfs: { '/a/..': '' } },
    { Mounts: [{ Type: 'tmpfs', Target: '/' }] },
  ])
    assert.throws(() => table({ hostConfig }), { restCode: 'VmStartFailed' });
});

test('bind options: recursive read-only where the kernel can', () => {
  const bind = { ...PLAIN, source: '/s', destination: '/d', createSource: false };
  assert.deepEqual(bindOptions(bind, [6, 1]), ['rbind', 'rprivate']);
  assert.deepEqual(bindOptions({ ...bind, readonly: true }, [5, 12]), ['rbind', 'rro', 'rprivate']);
  assert.deepEqual(bindOptions({ ...bind, readonly: true }, [5, 11]), ['rbind', 'ro', 'rprivate']);
  assert.deepEqual(
    bindOptions(
      { ...bind, readonly: true, recursiveReadonly: false, recursive: false, propagation: 'shared' },
      [6, 1],
    ),
    ['bind', 'ro', 'shared'],
  );
});

test('read-only of a client of an old API: not the mounts below it', () => {
  const mounts = [
    { Type: 'bind', Source: '/s', Destination: '/old', RW: false, readonlyNonRecursive: true },
    { Type: 'bind', Source: '/s', Destination: '/new', RW: false },
    {
      Type: 'bind',
      Source: '/s',
      Destination: '/theirs',
      RW: false,
      readonlyNonRecursive: true,
      inherited: true,
    },
    { Type: 'bind', Source: '/s', Destination: '/top', RW: false, nonRecursive: true, inherited: true },
  ];
  const md = { [MD.mounts]: JSON.stringify(mounts) };
  const hostConfig = { Binds: ['/s:/old/:ro', '/s:/new:ro'] };
  const { vm } = specInput({ hostConfig, md });
  const asked = { hostConfig, md, input: { volumes: volumeBinds(vm) } };
  const options = (path: string) => at(asked, path).map((mount) => mount.options.join());
  assert.deepEqual(options('/old'), ['rbind,ro,rprivate']);
  assert.deepEqual(options('/new'), ['rbind,rro,rprivate']);
  assert.deepEqual(options('/theirs'), ['rbind,ro,rprivate']);
  assert.deepEqual(options('/top'), ['bind,rro,rprivate']);
});

test('a bind that follows the node is a slave, whoever takes it over', () => {
  const mount = { Type: 'bind', Source: '/', RW: true, Propagation: 'rslave' };
  const mounts = [
    { ...mount, Destination: '/mine' },
    { ...mount, Destination: '/theirs', inherited: true },
    { ...mount, Destination: '/asked', propagationAsked: true },
  ];
  const md = { [MD.mounts]: JSON.stringify(mounts) };
  const host = { Binds: ['/:/mine', '/:/asked:rslave'] };
  const { vm } = specInput({ hostConfig: host, md });
  const all = allBinds(vm, host, volumeBinds(vm));
  assert.deepEqual(
    all.map(({ destination, propagation, follows }) => [destination, propagation, follows]),
    [
      ['/mine', 'rslave', true],
      ['/asked', 'rslave', undefined],
      ['/theirs', 'rslave', true],
    ],
  );
});

test('a writable mount cannot say how deep read-only goes', () => {
  for (const name of ['ReadOnlyNonRecursive', 'ReadOnlyForceRecursive']) {
    const hostConfig = {
      Mounts: [{ Type: 'bind', Source: '/s', Target: '/d', BindOptions: { [name]: true } }],
    };
    const ownMessage = `mount options conflict: !ReadOnly && BindOptions.${name}`;
    assert.throws(() => table({ hostConfig }), { restCode: 'VmStartFailed', statusCode: 500, ownMessage });
  }
});

for (const [propagation, expected] of [
  ['rprivate', undefined],
  ['shared', 'shared'],
  ['rshared', 'shared'],
  ['slave', 'rslave'],
  ['rslave', 'rslave'],
] as const) {
  test(`the root of a ${propagation} bind`, () =>
    assert.equal(
      rootfsPropagation([{ ...PLAIN, source: '/s', destination: '/d', createSource: false, propagation }]),
      expected,
    ));
}

test("the user's mounts come by depth, each replaces the default of its path", () => {
  const list = table({
    hostConfig: {
      Binds: ['/c:/a/b/c', '/b:/a/b', '/r:/etc/resolv.conf', '/p:/proc'],
      Tmpfs: { '/a': '', '/sys/fs/cgroup/': '' },
    },
  });
  const order = list.map(({ destination }) => destination);
  assert.deepEqual(
    order.filter((path) => path.startsWith('/a')),
    ['/a', '/a/b', '/a/b/c'],
  );
  assert.equal(new Set(order).size, order.length, 'no path twice');
  assert.equal(list.find(({ destination }) => destination === '/etc/resolv.conf')?.source, '/r');
  assert.equal(list.find(({ destination }) => destination === '/proc')?.source, '/p');
  assert.equal(list.find(({ destination }) => destination === '/sys/fs/cgroup')?.type, 'tmpfs');
});

test('a bind of /dev takes the defaults below it along', () => {
  assert.deepEqual(
    table({ hostConfig: { Binds: ['/dev:/dev'] } })
      .map(({ destination }) => destination)
      .filter((path) => path.startsWith('/dev')),
    ['/dev'],
  );
});

test("read-only root: everything but the kernel's places and what the user mounted", () => {
  const list = table({ hostConfig: { ReadonlyRootfs: true, Binds: ['/s:/d'], Tmpfs: { '/t': '' } } });
  const writable = list
    .filter(({ options }) => !options.includes('ro') && !options.includes('rro'))
    .map(({ destination }) => destination);
  assert.deepEqual(writable.sort(), ['/d', '/dev', '/dev/mqueue', '/dev/pts', '/dev/shm', '/proc', '/t']);
});

test('privileged: /sys is writable; else not', () => {
  assert.ok(at({}, '/sys')[0]?.options.includes('ro'));
  assert.ok(!at({ hostConfig: { Privileged: true } }, '/sys')[0]?.options.includes('ro'));
});

const SHM: [hostConfig: object, input: object, expected: string | undefined][] = [
  [{}, {}, 'shm size=67108864'],
  [{ ShmSize: 5 }, {}, 'shm size=5'],
  [{ IpcMode: 'none' }, {}, undefined],
  [{ IpcMode: 'host' }, {}, '/dev/shm rprivate'],
  [{ IpcMode: 'container:x' }, { shmPath: '/z/shm', joinNamespaces: { ipc: '/p' } }, '/z/shm rprivate'],
  [{ IpcMode: 'shareable' }, {}, 'shm size=67108864'],
];
for (const [hostConfig, input, expected] of SHM) {
  test(`/dev/shm of ${JSON.stringify(hostConfig)}`, () => {
    const [mount] = at({ hostConfig, input }, '/dev/shm');
    assert.equal(mount && `${mount.source} ${mount.options.at(-1)}`, expected);
  });
}

test('--init is mounted last and read-only', () => {
  assert.deepEqual(table({ hostConfig: { Init: true } }).at(-1), {
    destination: '/sbin/docker-init',
    type: 'bind',
    source: '/usr/bin/docker-init',
    options: ['bind', 'ro'],
  });
});

const SAFE = ['noexec', 'nosuid', 'nodev', 'rprivate'];
const TMPFS: [text: string, options: string[] | RegExp][] = [
  ['', SAFE],
  ['defaults', SAFE],
  ['size=64m', [...SAFE, 'size=64m']],
  ['exec,suid', ['nodev', 'rprivate', 'exec', 'suid']],
  ['exec,noexec', ['nosuid', 'nodev', 'rprivate', 'noexec']],
  ['size=1,size=2', [...SAFE, 'size=2']],
  ['ro,rw', [...SAFE, 'rw']],
  ['mode=1777,uid=5,nr_inodes=9', [...SAFE, 'mode=1777', 'uid=5', 'nr_inodes=9']],
  ['rslave', ['noexec', 'nosuid', 'nodev', 'rslave']],
  ['size', /^invalid tmpfs option "size"$/],
  ['x-evil=1', /^invalid tmpfs option "x-evil"$/],
  ['lowerdir=/etc', /^invalid tmpfs option "lowerdir"$/],
  ['size=1,,ro', /^invalid tmpfs option ""$/],
  ['constructor', /^invalid tmpfs option "constructor"$/],
  [' ro', /^invalid tmpfs option " ro"$/],
];
for (const [text, options] of TMPFS) {
  test(`tmpfs '${text}'`, () => {
    if (options instanceof RegExp)
      assert.throws(() => tmpfsOptions(text), { restCode: 'VmStartFailed', ownMessage: options });
    else assert.deepEqual(tmpfsOptions(text), options);
  });
}
test('a mount of type tmpfs as a text', () => {
  assert.equal(tmpfsText({ Type: 'tmpfs', Target: '/t' }), '');
  assert.equal(tmpfsText({ Type: 'tmpfs', Target: '/t', TmpfsOptions: null }), '');
  assert.equal(
    tmpfsText({
      Type: 'tmpfs',
      Target: '/t',
      ReadOnly: true,
      TmpfsOptions: { SizeBytes: 5, Mode: 0o1777, Options: [['exec'], ['uid', '5']] },
    }),
    'ro,mode=1777,size=5,exec,uid=5',
  );
});
