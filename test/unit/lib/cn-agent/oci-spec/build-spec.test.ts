// lib/cn-agent/oci-spec: the whole spec of a container, its arguments, names and namespaces.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { buildSpec } from '#lib/cn-agent/oci-spec/build-spec.ts';
import { MD } from '#lib/docker-vm/metadata.ts';
import { type Asked, ID, specInput, UUID } from './parts.ts';

const build = (asked?: Asked) => buildSpec(specInput(asked));
const PATH = 'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';
const refused = (message: RegExp | string) => ({ restCode: 'VmStartFailed', ownMessage: message });

test('a plain container', () => {
  const spec = build();
  assert.deepEqual(
    {
      ...spec,
      mounts: spec.mounts.map(({ destination }) => destination),
      linux: { ...spec.linux, resources: undefined, maskedPaths: undefined, readonlyPaths: undefined },
      process: { ...spec.process, capabilities: undefined },
    },
    {
      ociVersion: '1.0.2',
      process: {
        user: { uid: 0, gid: 0, additionalGids: [0] },
        args: ['sleep', '1'],
        env: [PATH, `HOSTNAME=${ID.slice(0, 12)}`],
        cwd: '/',
        capabilities: undefined,
        oomScoreAdj: 0,
      },
      root: { path: 'rootfs', readonly: false },
      hostname: ID.slice(0, 12),
      mounts: [
        '/proc',
        '/dev',
        '/dev/pts',
        '/sys',
        '/sys/fs/cgroup',
        '/dev/mqueue',
        '/dev/shm',
        '/etc/resolv.conf',
        '/etc/hostname',
        '/etc/hosts',
      ],
      linux: {
        sysctl: { 'net.ipv4.ping_group_range': '0 2147483647', 'net.ipv4.ip_unprivileged_port_start': '0' },
        resources: undefined,
        cgroupsPath: `/sdct/${ID}`,
        namespaces: [
          { type: 'mount' },
          { type: 'network', path: '/run/netns/x' },
          { type: 'uts' },
          { type: 'pid' },
          { type: 'ipc' },
        ],
        devices: [],
        maskedPaths: undefined,
        readonlyPaths: undefined,
      },
    },
  );
  assert.equal(spec.process.capabilities.bounding.length, 14);
  assert.ok(
    spec.linux.maskedPaths?.includes('/proc/kcore') && spec.linux.readonlyPaths?.includes('/proc/sys'),
  );
  assert.deepEqual(spec.linux.resources.devices?.[0], { allow: false, access: 'rwm' });
});

const ARGS: [what: string, asked: Asked, args: string[]][] = [
  ['entrypoint and command', { md: { [MD.entrypoint]: '["/e"]', [MD.cmd]: '["c"]' } }, ['/e', 'c']],
  [
    "an empty entrypoint clears the image's",
    { md: { [MD.entrypoint]: '[]' }, input: { imageConfig: { config: { Entrypoint: ['/image'] } } } },
    ['sleep', '1'],
  ],
  [
    "the image's where the metadata is silent",
    {
      md: { [MD.cmd]: undefined as never },
      input: { imageConfig: { config: { Entrypoint: ['/e'], Cmd: ['c'] } } },
    },
    ['/e', 'c'],
  ],
  ['--init', { hostConfig: { Init: true } }, ['/sbin/docker-init', '--', 'sleep', '1']],
  [
    "--init makes no sense in another's pids",
    { hostConfig: { Init: true, PidMode: 'host' } },
    ['sleep', '1'],
  ],
];
for (const [what, asked, args] of ARGS)
  test(`arguments: ${what}`, () => assert.deepEqual(build(asked).process.args, args));

const ERRORS: [what: string, asked: Asked, message: RegExp][] = [
  ['no command at all', { md: { [MD.cmd]: '[]' } }, /^no command specified$/],
  ['broken metadata', { md: { [MD.env]: '[' } }, /^internal_metadata docker:env is not valid JSON$/],
  [
    'no init on the machine',
    { hostConfig: { Init: true }, host: { initPath: null } },
    /"docker-init": executable file not found/,
  ],
  [
    'pids of nobody',
    { hostConfig: { PidMode: 'container:x' } },
    /^cannot join pid of a non running container: x$/,
  ],
  [
    'ipc of nobody',
    { hostConfig: { IpcMode: 'container:x' } },
    /^cannot join ipc of a non running container: x$/,
  ],
  ['a cgroup parent that leads to the top', { hostConfig: { CgroupParent: '/' } }, /^invalid cgroup parent/],
  ['a cgroup parent with ..', { hostConfig: { CgroupParent: '../../..' } }, /^invalid cgroup parent/],
  [
    'a device rule',
    { hostConfig: { DeviceCgroupRules: ['c 1:3 rwm', 'b 1:x r'] } },
    /^invalid device cgroup rule format: 'b 1:x r'$/,
  ],
  [
    'a device request',
    { hostConfig: { DeviceRequests: [{ Driver: 'a"b', Capabilities: [['gpu', 'nvidia'], ['x'], []] }] } },
    /^could not select device driver "a\\"b" with capabilities: \[\[gpu nvidia\] \[x\] \[\]\]$/,
  ],
  [
    'real time without the kernel',
    { hostConfig: { CpuRealtimePeriod: 1 }, host: { cpuRealtime: false } },
    /^kernel does not support CPU real-time scheduler$/,
  ],
  [
    'writable cgroups of v1',
    { hostConfig: { SecurityOpt: ['writable-cgroups'], CgroupnsMode: 'private' } },
    /^writable cgroups need cgroup v2 and a cgroup namespace of their own$/,
  ],
  [
    'a named volume that nobody resolved',
    { hostConfig: { Binds: ['data:/data'] } },
    /volume of mount data:\/data/,
  ],
];
for (const [what, asked, message] of ERRORS)
  test(`cannot be honoured: ${what}`, () => assert.throws(() => build(asked), refused(message)));

test('cgroup parent', () => {
  assert.equal(build({ hostConfig: { CgroupParent: 'mine/sub' } }).linux.cgroupsPath, `/mine/sub/${ID}`);
  assert.equal(build({ hostConfig: { CgroupParent: '/a/../b' } }).linux.cgroupsPath, `/b/${ID}`);
});

test('a VM that somebody else made: its id comes from its uuid', () => {
  const spec = build({ md: { [MD.id]: undefined as never } });
  assert.equal(spec.linux.cgroupsPath, `/sdct/${UUID.replaceAll('-', '')}${'0'.repeat(32)}`);
});

const NAMES: [what: string, asked: Asked, hostname: string | undefined, env: string][] = [
  ['asked for', { config: { Hostname: 'web' } }, 'web', 'web'],
  ["the VM's", { vm: { hostname: 'vmname' } }, 'vmname', 'vmname'],
  ['--network host', { input: { netnsPath: null } }, 'machine', 'machine'],
  ['--network host with a name', { input: { netnsPath: null }, config: { Hostname: 'web' } }, 'web', 'web'],
  ['--uts host', { hostConfig: { UTSMode: 'host' }, config: { Hostname: 'web' } }, undefined, 'web'],
];
for (const [what, asked, hostname, env] of NAMES) {
  test(`host name: ${what}`, () => {
    const spec = build(asked);
    assert.equal(spec.hostname, hostname);
    assert.ok(spec.process.env.includes(`HOSTNAME=${env}`));
    assert.equal(
      spec.linux.namespaces.some(({ type }) => type === 'uts'),
      hostname !== undefined,
    );
  });
}

const SPACES: [what: string, asked: Asked, types: string][] = [
  [
    'cgroup v2: a cgroup namespace of its own',
    { host: { cgroup: 'v2' } },
    'mount network uts pid ipc cgroup',
  ],
  [
    "privileged on v2: the machine's",
    { host: { cgroup: 'v2' }, hostConfig: { Privileged: true } },
    'mount network uts pid ipc',
  ],
  ['asked for on v1', { hostConfig: { CgroupnsMode: 'private' } }, 'mount network uts pid ipc cgroup'],
  [
    'everything of the host',
    {
      hostConfig: { PidMode: 'host', IpcMode: 'host', UTSMode: 'host', CgroupnsMode: 'host' },
      host: { cgroup: 'v2' },
      input: { netnsPath: null },
    },
    'mount',
  ],
  [
    'joined',
    {
      hostConfig: { PidMode: 'container:x', IpcMode: 'container:x' },
      input: { joinNamespaces: { pid: '/proc/7/ns/pid', ipc: '/proc/7/ns/ipc' } },
    },
    'mount network uts pid=/proc/7/ns/pid ipc=/proc/7/ns/ipc',
  ],
  [
    'ipc shareable, private and none are all its own',
    { hostConfig: { IpcMode: 'shareable' } },
    'mount network uts pid ipc',
  ],
];
for (const [what, asked, types] of SPACES) {
  test(`namespaces: ${what}`, () => {
    const list = build(asked).linux.namespaces.map(({ type, path }) =>
      path === undefined || type === 'network' ? type : `${type}=${path}`,
    );
    assert.equal(list.join(' '), types);
  });
}

test('sysctls: defaults for a network of its own only, the domain, then what was asked', () => {
  assert.deepEqual(build({ input: { netnsPath: null } }).linux.sysctl, {});
  assert.deepEqual(build({ hostConfig: { NetworkMode: 'container:x' } }).linux.sysctl, {});
  assert.deepEqual(
    build({
      hostConfig: { Sysctls: { 'net.ipv4.ip_unprivileged_port_start': '1024' } },
      config: { Domainname: 'example.com' },
    }).linux.sysctl,
    {
      'net.ipv4.ping_group_range': '0 2147483647',
      'net.ipv4.ip_unprivileged_port_start': '1024',
      'kernel.domainname': 'example.com',
    },
  );
});

test('privileged: no filter, no guarded paths, every device and capability of the machine', () => {
  const seccomp = {
    defaultAction: 'SCMP_ACT_ERRNO',
    syscalls: [{ names: ['read'], action: 'SCMP_ACT_ALLOW' }],
  };
  const spec = build({
    hostConfig: { Privileged: true, CapDrop: ['ALL'] },
    host: { seccomp, capabilities: ['CAP_CHOWN', 'CAP_KILL'] },
  });
  assert.equal(spec.linux.seccomp, undefined);
  assert.deepEqual([spec.linux.maskedPaths, spec.linux.readonlyPaths], [[], []]);
  assert.deepEqual(spec.linux.resources.devices, [{ allow: true, access: 'rwm' }]);
  assert.deepEqual(spec.process.capabilities, {
    bounding: ['CAP_CHOWN', 'CAP_KILL'],
    effective: ['CAP_CHOWN', 'CAP_KILL'],
    permitted: ['CAP_CHOWN', 'CAP_KILL'],
  });
});

test("guarded paths: HostConfig's own lists win, empty ones too", () => {
  const { linux } = build({ hostConfig: { MaskedPaths: [], ReadonlyPaths: ['/proc/bus'] } });
  assert.deepEqual([linux.maskedPaths, linux.readonlyPaths], [[], ['/proc/bus']]);
  assert.ok(build({ host: { thermalThrottle: ['/sys/x'] } }).linux.maskedPaths?.includes('/sys/x'));
});
