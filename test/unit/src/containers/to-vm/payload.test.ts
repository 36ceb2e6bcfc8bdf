// A create request → the body of POST /vms, and what inspect makes of it again.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MD } from '#lib/docker-vm/metadata.ts';
import { pickPackage } from '#src/containers/create/choose-package.ts';
import { decodeCreate } from '#src/containers/create/decode.ts';
import { applyDefaults } from '#src/containers/create/defaults.ts';
import { mergeImage } from '#src/containers/create/merge-image.ts';
import { toInspect } from '#src/containers/from-vm/inspect.ts';
import { toPayload, toTags } from '#src/containers/to-vm/payload.ts';
import { buildVm, ID, UUID } from '#test/unit/src/vm/build-vm.ts';

function payloadOf(body: object) {
  const image = { Env: ['PATH=/bin'], Cmd: ['sh'] };
  const wished = applyDefaults(decodeCreate({ Image: 'busybox', ...body }));
  const config = { ...mergeImage(wished.config, image), Hostname: 'h1' };
  return toPayload(
    { ...wished, config },
    {
      id: ID,
      uuid: UUID,
      owner: 'o',
      name: 'web',
      packageUuid: 'p',
      imageUuid: 'i',
      image: { id: 'sha256:1', env: image.Env },
      networks: [{ uuid: 'n', primary: true }],
      mounts: { mounts: [], volumes: [], filesystems: [] },
      endpoints: {},
      links: [],
    },
  );
}

test('payload: the fixed part and the identity', () => {
  const vm = payloadOf({});
  assert.equal(vm.brand, 'lx');
  assert.deepEqual([vm.docker, vm.autoboot, vm.restart_init, vm.tmpfs], [true, false, false, 0]);
  assert.deepEqual([vm.alias, vm.hostname, vm.billing_id, vm.image_uuid], ['web', 'h1', 'p', 'i']);
  assert.deepEqual(vm.tags, { sdc_docker: true });
});

test('payload: metadata says only what there is to say', () => {
  const md = payloadOf({}).internal_metadata;
  for (const key of [MD.tty, MD.openStdin, MD.user, MD.workdir, MD.restartPolicy, MD.autoRemove]) {
    assert.equal(key in md, false, key);
  }
  assert.equal(md[MD.cmd], '["sh"]');
  assert.equal(md[MD.entrypoint], '[]');
});

test('payload: metadata of everything', () => {
  const md = payloadOf({
    Tty: true,
    OpenStdin: true,
    AttachStdin: true,
    User: '1:2',
    WorkingDir: '/w',
    Env: ['A=1'],
    HostConfig: {
      AutoRemove: false,
      RestartPolicy: { Name: 'on-failure', MaximumRetryCount: 3 },
      ExtraHosts: ['a:1.2.3.4'],
    },
  }).internal_metadata;
  assert.deepEqual(
    [md[MD.tty], md[MD.openStdin], md[MD.attachStdin], md[MD.user], md[MD.workdir]],
    [true, true, true, '1:2', '/w'],
  );
  assert.equal(md[MD.env], '["PATH=/bin","A=1"]');
  assert.equal(md[MD.restartPolicy], 'on-failure:3');
  assert.equal(md[MD.extraHosts], '["a:1.2.3.4"]');
});

test('payload: labels are tags, the package label is not kept, values are VMAPI scalars', () => {
  const vm = payloadOf({ Labels: { a: '1', 'com.joyent.package': 'x', 'triton.cns.services': 'web' } });
  assert.deepEqual(vm.tags, { sdc_docker: true, 'docker:label:a': '1', 'triton.cns.services': 'web' });
  for (const value of Object.values(vm.internal_metadata)) {
    assert.match(typeof value, /^(string|number|boolean)$/);
  }
});

const TRITON_LABELS: [Record<string, string>, object | RegExp][] = [
  [
    { 'triton.cns.disable': 'true', 'triton.cns.reverse_ptr': 'a.b', 'triton.cmon.groups': 'x,y' },
    { 'triton.cns.disable': true, 'triton.cns.reverse_ptr': 'a.b', 'triton.cmon.groups': 'x,y' },
  ],
  [{ 'triton.cns.services': 'web:port=80,db' }, { 'triton.cns.services': 'web:port=80,db' }],
  [
    { 'triton.cns.disable': 'yes' },
    /^invalid label: Triton tag "triton.cns.disable" value must be "true" or/,
  ],
  [{ 'triton.cns.services': 'a b' }, /^invalid label: invalid "triton.cns.services" tag/],
  [
    { 'triton.x': '', 'triton.y': '' },
    /^invalid labels: Unrecognized .*"triton.x"; Unrecognized .*"triton.y"$/,
  ],
];
for (const [labels, expected] of TRITON_LABELS) {
  test(`payload: Triton's labels ${JSON.stringify(labels)}`, () => {
    if (expected instanceof RegExp) assert.throws(() => toTags(labels), { message: expected });
    else assert.deepEqual(toTags(labels), { sdc_docker: true, ...expected });
  });
}

test('payload: log size', () => {
  const size = (max: string) =>
    payloadOf({ HostConfig: { LogConfig: { Type: 'json-file', Config: { 'max-size': max } } } })
      .zlog_max_size;
  assert.deepEqual([size('10m'), size('5k'), size('-1')], [10_000_000, 5000, undefined]);
});

test('round trip: inspect shows what create was asked', () => {
  const asked = {
    Cmd: ['sleep', '9'],
    Env: ['A=1'],
    Labels: { a: '1', 'com.docker.compose.config-hash': 'x=y' },
    StopSignal: 'INT',
    StopTimeout: 7,
    HostConfig: { Memory: 64 << 20, CapAdd: ['NET_ADMIN'], Init: true, Tmpfs: { '/t': 'size=1m' } },
  };
  const payload = payloadOf(asked);
  const json = toInspect(buildVm({ tags: payload.tags, internal_metadata: payload.internal_metadata }), []);
  assert.deepEqual(json.Config.Labels, asked.Labels);
  assert.deepEqual([json.Config.StopSignal, json.Config.StopTimeout], ['INT', 7]);
  assert.deepEqual(json.Config.Env, ['A=1', 'PATH=/bin']);
  assert.equal(json.HostConfig.Memory, 64 << 20);
  assert.deepEqual(json.HostConfig.CapAdd, ['NET_ADMIN']);
  assert.deepEqual(json.HostConfig.Tmpfs, { '/t': 'size=1m' });
  assert.equal(json.HostConfig.Init, true);
});

const config = { defaultPackage: 'sample-laptop', defaultMemory: 1024, packagePrefix: 'sample-' } as never;
const pkg = (name: string, memory: number, uuid = `${name}-0000`) =>
  ({ uuid, name, max_physical_memory: memory }) as never;
const PACKAGES = [
  pkg('sample-1G', 1024),
  pkg('sample-64M', 64),
  pkg('other-128M', 128),
  pkg('sample-128M', 128, '12345678-aaaa'),
  pkg('sample-laptop', 8192),
];
const packages: [string, { label?: string; memory: number }, string | RegExp][] = [
  ['nothing asked', { memory: 0 }, 'sample-laptop'],
  ['the smallest that fits', { memory: 100 << 20 }, 'sample-128M'],
  ['exactly', { memory: 64 << 20 }, 'sample-64M'],
  ['one byte more', { memory: (64 << 20) + 1 }, 'sample-128M'],
  ['too much', { memory: 2 ** 40 }, /no package supports 1048576 MiB/],
  ['by name', { label: 'other-128M', memory: 0 }, 'other-128M'],
  ['by short uuid', { label: '12345678', memory: 0 }, 'sample-128M'],
  ['unknown label', { label: 'x', memory: 0 }, /no package matches label com.joyent.package=x/],
];
for (const [name, { label, memory }, want] of packages) {
  test(`package: ${name}`, () => {
    const pick = () => pickPackage(PACKAGES, config, { account: 'a', label, memory });
    if (typeof want === 'string') assert.equal(pick().name, want);
    else assert.throws(pick, want);
  });
}
