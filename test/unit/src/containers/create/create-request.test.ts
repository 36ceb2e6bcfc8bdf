// A create request: decoding, dockerd's checks and texts, defaults, what is refused, and the image's config under it.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decodeCreate } from '#src/containers/create/decode.ts';
import { applyDefaults, forVersion, volumeDriverWarnings } from '#src/containers/create/defaults.ts';
import { mergeImage } from '#src/containers/create/merge-image.ts';
import { refuseUnsupported } from '#src/containers/create/refuse.ts';
import { validateCreate, validateName } from '#src/containers/create/validate.ts';
import { DockerError } from '#src/errors.ts';

const withHost = (host: object): object => ({ Image: 'busybox', HostConfig: host });
const message = (step: () => unknown): string => {
  try {
    step();
  } catch (err) {
    if (err instanceof DockerError) return `${err.kind}: ${err.clientMessage}`;
    throw err;
  }
  return 'fine';
};
const check = (body: unknown): string =>
  message(() => {
    const request = decodeCreate(body);
    validateCreate(request);
    refuseUnsupported(request);
  });

const MiB = 1024 * 1024;
const bad: [string, unknown, RegExp][] = [
  ['no body', {}, /^invalid: config cannot be empty in order to create a container$/],
  ['only a HostConfig', { HostConfig: {} }, /config cannot be empty/],
  ['a list', [], /^invalid: invalid JSON: json: cannot unmarshal array into/],
  ['null', null, /config cannot be empty/],
  [
    'CPUs that are no list',
    withHost({ CpusetCpus: '0-' }),
    /^invalid: Invalid value 0- for cpuset cpus: invalid format: 0-$/,
  ],
  [
    'a bind without a source',
    withHost({ Binds: ['/data:ro'] }),
    /^invalid: invalid volume specification: '\/data:ro'$/,
  ],
  [
    'a mount of no type',
    withHost({ Mounts: [{ Type: 'x', Target: '/m' }] }),
    /^invalid: invalid mount config for type "x": mount type unknown$/,
  ],
  [
    'a wrong type',
    withHost({ Memory: '1g' }),
    /cannot unmarshal string into Go struct field CreateRequest\.HostConfig\.Memory of type int64$/,
  ],
  ['little memory', withHost({ Memory: 5 * MiB }), /^invalid: Minimum memory limit allowed is 6MB$/],
  [
    'swap below memory',
    withHost({ Memory: 64 * MiB, MemorySwap: 32 * MiB }),
    /memoryswap limit should be larger/,
  ],
  ['swap alone', withHost({ MemorySwap: 64 * MiB }), /^invalid: You should always set the Memory limit/],
  [
    '--rm with a policy',
    withHost({ AutoRemove: true, RestartPolicy: { Name: 'always' } }),
    /^invalid: can't create 'AutoRemove' container with restart policy$/,
  ],
  [
    'unknown policy',
    withHost({ RestartPolicy: { Name: 'often' } }),
    /unknown policy 'often'; use one of 'no'/,
  ],
  [
    'retries without on-failure',
    withHost({ RestartPolicy: { Name: 'always', MaximumRetryCount: 2 } }),
    /maximum retry count can only be used with 'on-failure'$/,
  ],
  ['bad signal', { Image: 'a', StopSignal: 'FOO' }, /^invalid: invalid signal: FOO$/],
  ['relative workdir', { Image: 'a', WorkingDir: 'x' }, /working directory 'x' is invalid/],
  ['empty variable', { Image: 'a', Env: ['=x'] }, /^invalid: invalid environment variable: =x$/],
  ['long hostname', { Image: 'a', Hostname: 'h'.repeat(65) }, /is too long \(maximum 64 bytes\)$/],
  [
    'hostname and UTS',
    { Image: 'a', Hostname: 'h', HostConfig: { UTSMode: 'host' } },
    /hostname and the UTS mode/,
  ],
  [
    'a port that is none',
    withHost({ PortBindings: { '80x/tcp': [] } }),
    /^invalid: invalid JSON: invalid port '80x': invalid syntax$/,
  ],
  ['a range of ports', withHost({ PortBindings: { '80-81': [] } }), /invalid port '80-81': invalid syntax$/],
  ['a port too large', withHost({ PortBindings: { '65536': [] } }), /'65536': value out of range$/],
  ['a protocol alone', withHost({ PortBindings: { '/udp': [] } }), /invalid port '': value is empty$/],
  ['port zero', withHost({ PortBindings: { '0': [] } }), /^invalid: invalid port specification: "0\/tcp"$/],
  [
    'an exposed port that is none',
    { Image: 'a', ExposedPorts: { x: {} } },
    /invalid port 'x': invalid syntax$/,
  ],
  [
    'a host port out of range',
    withHost({ PortBindings: { '80/tcp': [{ HostPort: '65536' }] } }),
    /^invalid: invalid port specification: "65536"$/,
  ],
  [
    'a name as host address',
    withHost({ PortBindings: { '80/tcp': [{ HostIp: 'example.com' }] } }),
    /^invalid: invalid JSON: ParseAddr\("example\.com"\): unable to parse IP$/,
  ],
  ['bad add-host', withHost({ ExtraHosts: ['x'] }), /bad format for add-host: "x"/],
  ['same target twice', withHost({ Binds: ['/a:/x', '/b:/x'] }), /^invalid: Duplicate mount point: \/x$/],
  [
    'a volume over a tmpfs, by -v',
    withHost({ Binds: ['v:/x/'], Tmpfs: { '/x': '' } }),
    /^invalid: Duplicate mount point: \/x$/,
  ],
  [
    'same target twice, by -v and --mount',
    withHost({ Binds: ['/a:/x'], Mounts: [{ Type: 'tmpfs', Target: '/x/' }] }),
    /^invalid: Duplicate mount point: \/x$/,
  ],
  [
    'options of a volume for a tmpfs',
    withHost({ Mounts: [{ Type: 'tmpfs', Target: '/x', VolumeOptions: {} }] }),
    /^invalid: invalid mount config for type "tmpfs": field VolumeOptions must not be specified$/,
  ],
  [
    'options of a tmpfs for a bind',
    withHost({ Mounts: [{ Type: 'bind', Source: '/a', Target: '/x', TmpfsOptions: {} }] }),
    /^invalid: invalid mount config for type "bind": field TmpfsOptions must not be specified$/,
  ],
  [
    'an option that no tmpfs has',
    withHost({ Mounts: [{ Type: 'tmpfs', Target: '/x', TmpfsOptions: { Options: [['suid']] } }] }),
    /^invalid: invalid mount config for type "tmpfs": invalid option: suid$/,
  ],
  [
    'an option of a tmpfs in three words',
    withHost({ Mounts: [{ Type: 'tmpfs', Target: '/x', TmpfsOptions: { Options: [['exec', 'a', 'b']] } }] }),
    /^invalid: invalid mount config for type "tmpfs": invalid option array length$/,
  ],
  [
    'an option of a tmpfs in no word',
    withHost({ Mounts: [{ Type: 'tmpfs', Target: '/x', TmpfsOptions: { Options: [null] } }] }),
    /^invalid: invalid mount config for type "tmpfs": invalid option array length$/,
  ],
  [
    'two words for how consistent',
    withHost({ Binds: ['/a:/x:cached,delegated'] }),
    /^invalid: invalid mode: cached,delegated$/,
  ],
  [
    'a mount for Windows',
    withHost({ Mounts: [{ Type: 'npipe', Source: 'a', Target: '/x' }] }),
    /^invalid: invalid mount config for type "npipe": mount type unknown$/,
  ],
  [
    'a mount of a swarm',
    withHost({ Mounts: [{ Type: 'cluster', Source: 'a', Target: '/x' }] }),
    /^invalid: invalid mount config for type "cluster": mount type unknown$/,
  ],
  ['relative target', withHost({ Binds: ['/a:x'] }), /mount path must be absolute$/],
  [
    'links into the network of another',
    withHost({ NetworkMode: 'container:x', Links: ['a'] }),
    /^invalid: conflicting options: container type network can't be used with links\. This would/,
  ],
  [
    'ports in the network of another',
    { ...withHost({ NetworkMode: 'container:x' }), ExposedPorts: { '80/tcp': {} } },
    /^invalid: conflicting options: port exposing and the container type network mode$/,
  ],
  [
    'no size of the root file system',
    withHost({ StorageOpt: { size: 'big' } }),
    /^invalid: invalid size: 'big'$/,
  ],
  ['another storage option', withHost({ StorageOpt: { x: '1' } }), /^invalid: Unknown option x$/],
  [
    'more real time than there is',
    withHost({ CpuRealtimeRuntime: 2, CpuRealtimePeriod: 1 }),
    /^invalid: cpu real-time runtime cannot be higher than cpu real-time period$/,
  ],
  [
    'a device request of a wrong type',
    withHost({ DeviceRequests: [{ Capabilities: ['gpu'] }] }),
    /cannot unmarshal array into Go struct field CreateRequest\.HostConfig\.DeviceRequests\.Capabilities of type/,
  ],
  ['tmpfs on root', withHost({ Tmpfs: { '/': '' } }), /destination can't be '\/'$/],
  ['short health interval', { Image: 'a', Healthcheck: { Interval: 5 } }, /cannot be less than 1ms/],
];
for (const [name, body, want] of bad) {
  test(`create refuses: ${name}`, () => assert.match(check(body), want));
}

const endpoint = (settings: object): object => ({
  NetworkingConfig: { EndpointsConfig: { bridge: settings } },
});
const harmless: [string, object][] = [
  ['no health check', { Healthcheck: { Test: ['NONE'] } }],
  ['a health check', { Healthcheck: { Test: ['CMD', 'true'], Interval: 1_000_000_000 } }],
  [
    'confinements off',
    { HostConfig: { SecurityOpt: ['apparmor=unconfined', 'label=disable', 'label:disable'] } },
  ],
  ['confinements', { HostConfig: { SecurityOpt: ['apparmor=mine', 'label:type:mine', 'writable-cgroups'] } }],
  ['isolation in any case', { HostConfig: { Isolation: 'Default' } }],
  ['device requests', { HostConfig: { DeviceRequests: [{ Count: -1, Capabilities: [['gpu']] }] } }],
  ['no network', { NetworkDisabled: true }],
  ['no network, said twice', { NetworkDisabled: true, HostConfig: { NetworkMode: 'none' } }],
  ['the host network', { HostConfig: { NetworkMode: 'host', PortBindings: { '80/tcp': [{}] } } }],
  [
    'the namespaces of another',
    { HostConfig: { NetworkMode: 'container:x', PidMode: 'container:x', IpcMode: 'container:x' } },
  ],
  ['the local volume driver', { HostConfig: { VolumeDriver: 'local' } }],
  ['empty endpoint settings', endpoint({ Aliases: [], DriverOpts: null, IPAMConfig: {}, Links: null })],
];
for (const [name, body] of harmless) {
  test(`create takes: ${name}`, () => assert.equal(check({ Image: 'a', ...body }), 'fine'));
}

test('what the CLI sends for a plain run is fine', () => {
  const body = {
    Image: 'busybox',
    Cmd: ['true'],
    HostConfig: {
      NetworkMode: 'default',
      PortBindings: {},
      RestartPolicy: { Name: 'no' },
      LogConfig: { Type: '', Config: {} },
      MemorySwappiness: -1,
    },
    NetworkingConfig: { EndpointsConfig: { default: {} } },
  };
  assert.equal(check(body), 'fine');
});

test('names', () => {
  assert.equal(
    message(() => validateName('/ok_1.x-y')),
    'fine',
  );
  assert.equal(
    message(() => validateName('a b')),
    'invalid: Invalid container name (a b), only [a-zA-Z0-9][a-zA-Z0-9_.-] are allowed',
  );
  assert.match(
    message(() => validateName('x')),
    /Invalid container name \(x\)/,
  );
});

test('defaults', () => {
  const { hostConfig, endpoints, config } = applyDefaults(
    decodeCreate({
      Image: 'a',
      WorkingDir: '/a//b/../c/',
      HostConfig: { Memory: 64 * MiB, PidsLimit: -1, NetworkMode: 'default' },
      NetworkingConfig: { EndpointsConfig: { default: { Aliases: ['x'] } } },
    }),
  );
  assert.equal(hostConfig.NetworkMode, 'bridge');
  assert.equal(hostConfig.MemorySwap, 128 * MiB);
  assert.equal(hostConfig.ShmSize, 64 * MiB);
  assert.equal(hostConfig.PidsLimit, null);
  assert.deepEqual(hostConfig.RestartPolicy, { Name: 'no', MaximumRetryCount: 0 });
  assert.deepEqual(hostConfig.LogConfig, { Type: 'json-file', Config: {} });
  assert.deepEqual(endpoints, { bridge: { Aliases: ['x'] } });
  assert.equal(config.WorkingDir, '/a/c');
});

test('a --mount may be where a --tmpfs is: that hides it, as with dockerd', () => {
  const Mounts = [{ Type: 'volume', Source: 'v', Target: '/x' }];
  assert.equal(check(withHost({ Mounts, Tmpfs: { '/x': '' } })), 'fine');
});

test('how consistent a bind is on a Mac says nothing here', () => {
  for (const mode of ['cached', 'delegated', 'consistent', 'ro,cached'])
    assert.equal(check(withHost({ Binds: [`/a:/x:${mode}`] })), 'fine', mode);
});

test('by version: a part of a volume, and options for another type of mount', () => {
  const said = (version: number, mount: object) => {
    const Mounts = [{ Source: 'v', Target: '/x', ...mount }];
    return message(() => forVersion(decodeCreate(withHost({ Mounts })), version));
  };
  const part = { Type: 'volume', VolumeOptions: { Subpath: 'a' } };
  assert.equal(said(44, part), 'invalid: VolumeOptions.Subpath needs API v1.45 or newer');
  assert.equal(said(45, part), 'fine');
  for (const [type, name] of [
    ['bind', 'VolumeOptions'],
    ['volume', 'BindOptions'],
    ['bind', 'TmpfsOptions'],
  ] as const) {
    const text = `invalid: ${name} must not be specified on mount type "${type}"`;
    assert.equal(said(42, { Type: type, [name]: {} }), text);
    assert.equal(said(41, { Type: type, [name]: {} }), 'fine');
  }
});

test('a driver of all volumes is none of those by --mount: a warning of API 1.48', () => {
  const warned = (version: number, VolumeDriver: string, mount: object) => {
    const Mounts = [{ Type: 'volume', Target: '/x', ...mount }];
    return volumeDriverWarnings(decodeCreate(withHost({ Mounts, VolumeDriver })), version).length;
  };
  const own = { VolumeOptions: { DriverConfig: { Name: 'local' } } };
  assert.equal(warned(48, 'local', {}), 1);
  assert.equal(warned(47, 'local', {}), 0);
  assert.equal(warned(48, '', {}), 0);
  assert.equal(warned(48, 'local', own), 0);
  assert.equal(warned(48, 'local', { Type: 'tmpfs' }), 0);
});

test('by version: a console size only from 1.42 on', () => {
  const request = decodeCreate(withHost({ ConsoleSize: [24, 80] }));
  assert.deepEqual(forVersion(request, 41).hostConfig.ConsoleSize, [0, 0]);
  assert.deepEqual(forVersion(request, 42).hostConfig.ConsoleSize, [24, 80]);
  const BindOptions = { CreateMountpoint: true, Propagation: 'shared' };
  const Mounts = [{ Type: 'bind', Source: '/a', Target: '/b', BindOptions }];
  const mounts = { ...request, hostConfig: { ...request.hostConfig, Mounts } };
  assert.deepEqual(forVersion(mounts, 42).hostConfig.Mounts, Mounts);
  assert.deepEqual(forVersion(mounts, 41).hostConfig.Mounts?.[0]?.BindOptions, { Propagation: 'shared' });
});

test('by version: who removes, how many processes, which options a bind may have', () => {
  const request = decodeCreate(withHost({ AutoRemove: true, PidsLimit: 30 }));
  assert.equal(forVersion(request, 24).hostConfig.AutoRemove, false);
  assert.equal(forVersion(request, 25).hostConfig.AutoRemove, true);
  assert.equal(forVersion(request, 24).hostConfig.PidsLimit, 30);
  const BindOptions = { NonRecursive: true, ReadOnlyNonRecursive: true, Propagation: 'shared' };
  const Mounts = [{ Type: 'bind', Source: '/a', Target: '/b', BindOptions }];
  const mounts = { ...request, hostConfig: { ...request.hostConfig, Mounts } };
  const options = (version: number) => forVersion(mounts, version).hostConfig.Mounts?.[0]?.BindOptions;
  assert.deepEqual(options(39), { ReadOnlyNonRecursive: true, Propagation: 'shared' });
  assert.deepEqual(options(43), BindOptions);
  assert.deepEqual(options(44), BindOptions);
});

test('by version: read-only of a bind is recursive only from 1.44 on', () => {
  const bind = { Type: 'bind', Source: '/a', Target: '/b', ReadOnly: true };
  const mounts = (version: number, BindOptions?: object) => {
    const Mounts = [{ ...bind, ...(BindOptions ? { BindOptions } : {}) }];
    return forVersion(decodeCreate(withHost({ Mounts })), version).hostConfig.Mounts?.[0]?.BindOptions;
  };
  assert.deepEqual(mounts(43, {}), { ReadOnlyNonRecursive: true });
  assert.deepEqual(mounts(44, {}), {});
  assert.equal(mounts(43), undefined);
  const refused = 'invalid: BindOptions.ReadOnlyForceRecursive needs API v1.44 or newer';
  assert.equal(
    message(() => mounts(43, { ReadOnlyForceRecursive: true })),
    refused,
  );
  assert.deepEqual(mounts(44, { ReadOnlyForceRecursive: true }), { ReadOnlyForceRecursive: true });
});

const image = { Cmd: ['sh'], Entrypoint: ['/init'], Env: ['PATH=/bin', 'A=1'], Labels: { a: 'i', b: 'i' } };
const commands: [string, object, (string[] | null)[]][] = [
  ['nothing asked', {}, [['/init'], ['sh']]],
  ['a command', { Cmd: ['ls'] }, [['/init'], ['ls']]],
  ['an entrypoint drops the image command', { Entrypoint: ['/x'] }, [['/x'], null]],
  ['both', { Entrypoint: ['/x'], Cmd: ['y'] }, [['/x'], ['y']]],
  ['an empty entrypoint drops the image one', { Entrypoint: [''], Cmd: ['y'] }, [null, ['y']]],
  ['an entrypoint of no words is kept', { Entrypoint: [], Cmd: ['y'] }, [[], ['y']]],
  ['a string is a list of one', { Entrypoint: '/x' }, [['/x'], null]],
];
for (const [name, body, want] of commands) {
  test(`merge: ${name}`, () => {
    const merged = mergeImage(decodeCreate({ Image: 'a', ...body }).config, image);
    assert.deepEqual([merged.Entrypoint, merged.Cmd], want);
  });
}

test('merge: environment, labels, and no command at all', () => {
  const asked = decodeCreate({ Image: 'a', Env: ['A=2', 'B=3'], Labels: { b: 'u' } }).config;
  const merged = mergeImage(asked, image);
  assert.deepEqual(merged.Env, ['A=2', 'B=3', 'PATH=/bin']);
  assert.deepEqual(merged.Labels, { a: 'i', b: 'u' });
  assert.equal(
    message(() => mergeImage(asked, {})),
    'invalid: no command specified',
  );
});
