// lib/cn-agent/oci-spec: what a container may do — capabilities, seccomp, devices.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { containerCapabilities, ociCapabilities } from '#lib/cn-agent/oci-spec/capabilities.ts';
import { devices } from '#lib/cn-agent/oci-spec/devices.ts';
import { boundingSet } from '#lib/cn-agent/oci-spec/host-facts.ts';
import { containerSeccomp, seccompFilter } from '#lib/cn-agent/oci-spec/seccomp.ts';
import { loadSeccompProfile } from '#lib/cn-agent/oci-spec/seccomp-profile.ts';
import type { SeccompProfile } from '#lib/cn-agent/oci-spec/types.ts';
import { hostFacts, specInput } from './parts.ts';

const ALL = hostFacts().capabilities;
const DEFAULT = containerCapabilities({}, ALL);
const caps = (...names: string[]) => names.map((name) => `CAP_${name}`);

test('the bounding set of a process', () => {
  assert.equal(ALL.length, 41);
  assert.deepEqual(boundingSet('Name:\tx\nCapBnd:\t0000000000000021\nSeccomp:\t0\n'), caps('CHOWN', 'KILL'));
  assert.deepEqual(boundingSet('nothing'), []);
});

const CAPS: [host: object, bounding: string[], expected: string[]][] = [
  [
    {},
    ALL,
    caps(
      ...'AUDIT_WRITE CHOWN DAC_OVERRIDE FOWNER FSETID KILL MKNOD NET_BIND_SERVICE NET_RAW SETFCAP SETGID SETPCAP SETUID SYS_CHROOT'.split(
        ' ',
      ),
    ),
  ],
  [{ CapAdd: null, CapDrop: null }, ALL, DEFAULT],
  [{ CapAdd: ['sys_admin', 'CAP_NET_ADMIN', 'Chown'] }, ALL, [...DEFAULT, ...caps('SYS_ADMIN', 'NET_ADMIN')]],
  [{ CapDrop: ['all'] }, ALL, []],
  [{ CapDrop: ['ALL'], CapAdd: ['CHOWN'] }, ALL, caps('CHOWN')],
  [
    { CapDrop: ['chown', 'MKNOD', 'SYS_TIME'] },
    ALL,
    DEFAULT.filter((name) => !caps('CHOWN', 'MKNOD').includes(name)),
  ],
  [{ CapAdd: ['ALL'] }, ALL, ALL],
  [{ CapAdd: ['ALL'], CapDrop: ['SYS_ADMIN'] }, ALL, ALL.filter((name) => name !== 'CAP_SYS_ADMIN')],
  // a machine that cannot give more gives no more (CVE-2022-27649: nothing beyond what was asked)
  [{ CapAdd: ['ALL'] }, caps('CHOWN'), caps('CHOWN')],
  [{ CapAdd: ['SYS_ADMIN'] }, caps('CHOWN'), caps('CHOWN')],
  [{ Privileged: true, CapDrop: ['ALL'] }, caps('CHOWN'), caps('CHOWN')],
];
for (const [host, bounding, expected] of CAPS) {
  test(`capabilities of ${JSON.stringify(host)} with ${bounding.length}`, () =>
    assert.deepEqual(containerCapabilities(host, bounding), expected));
}
for (const name of ['NO_SUCH', '', 'CAP_', 'CAP_CAP_CHOWN', 'constructor']) {
  test(`no capability: ${JSON.stringify(name)}`, () => {
    for (const host of [{ CapAdd: [name] }, { CapDrop: [name] }])
      assert.throws(() => containerCapabilities(host, ALL), { restCode: 'VmStartFailed', statusCode: 400 });
  });
}
test('nothing inheritable or ambient (CVE-2022-24769)', () =>
  assert.deepEqual(ociCapabilities(['CAP_KILL']), {
    bounding: ['CAP_KILL'],
    effective: ['CAP_KILL'],
    permitted: ['CAP_KILL'],
  }));

const PROFILE: SeccompProfile = {
  defaultAction: 'SCMP_ACT_ERRNO',
  defaultErrnoRet: 1,
  archMap: [
    { architecture: 'SCMP_ARCH_X86_64', subArchitectures: ['SCMP_ARCH_X86', 'SCMP_ARCH_X32'] },
    { architecture: 'SCMP_ARCH_AARCH64', subArchitectures: null },
  ],
  syscalls: [
    { names: ['read'], action: 'A' },
    { names: ['mount'], action: 'A', includes: { caps: ['CAP_SYS_ADMIN'] } },
    {
      names: ['clone'],
      action: 'A',
      excludes: { caps: ['CAP_SYS_ADMIN'] },
      args: [{ index: 0, value: 1, op: 'SCMP_CMP_EQ' }],
    },
    { name: 'old', action: 'A', excludes: { minKernel: '5.10' } },
    { names: ['new'], action: 'A', includes: { minKernel: '5.10' } },
    { names: ['arm'], action: 'A', includes: { arches: ['arm64'] } },
    { names: ['notx86'], action: 'A', excludes: { arches: ['amd64', 'x86'] } },
    { names: ['bad'], action: 'E', errnoRet: 38, args: [] },
  ],
};
const RULES: [what: string, facts: Parameters<typeof hostFacts>[0], granted: string[], names: string][] = [
  ['a new kernel', { kernel: [5, 10] }, [], 'read clone new bad'],
  ['an older one', { kernel: [5, 9] }, [], 'read clone old bad'],
  ['10 is more than 9', { kernel: [6, 0] }, [], 'read clone new bad'],
  ['an old major version', { kernel: [4, 20] }, [], 'read clone old bad'],
  ['with the capability', {}, ['CAP_SYS_ADMIN'], 'read mount new bad'],
  ['arm', { arch: 'arm64' }, [], 'read clone new arm notx86 bad'],
];
for (const [what, facts, granted, names] of RULES) {
  test(`seccomp: ${what}`, () =>
    assert.equal(
      seccompFilter(PROFILE, hostFacts(facts), granted)
        ?.syscalls.flatMap((rule) => rule.names)
        .join(' '),
      names,
    ));
}
test('seccomp: architectures, arguments, errno', () => {
  const filter = seccompFilter(PROFILE, hostFacts(), []);
  assert.deepEqual(filter?.architectures, ['SCMP_ARCH_X86_64', 'SCMP_ARCH_X86']);
  assert.deepEqual(seccompFilter(PROFILE, hostFacts({ x32: true }), [])?.architectures, [
    'SCMP_ARCH_X86_64',
    'SCMP_ARCH_X86',
    'SCMP_ARCH_X32',
  ]);
  assert.deepEqual(seccompFilter(PROFILE, hostFacts({ arch: 'arm64' }), [])?.architectures, [
    'SCMP_ARCH_AARCH64',
  ]);
  assert.deepEqual(filter?.syscalls.at(-1), { names: ['bad'], action: 'E', errnoRet: 38 });
  assert.deepEqual(filter?.syscalls[1], {
    names: ['clone'],
    action: 'A',
    args: [{ index: 0, value: 1, op: 'SCMP_CMP_EQ' }],
  });
  assert.deepEqual([filter?.defaultAction, filter?.defaultErrnoRet], ['SCMP_ACT_ERRNO', 1]);
  assert.equal(seccompFilter({ defaultAction: '', syscalls: [] }, hostFacts(), []), null);
});

const OWN = { defaultAction: 'SCMP_ACT_LOG', architectures: ['SCMP_ARCH_X86_64'] };
const ASKED: [host: object, kernel: SeccompProfile | null, action: string | null][] = [
  [{}, PROFILE, 'SCMP_ACT_ERRNO'],
  [{}, null, null],
  [{ Privileged: true }, PROFILE, null],
  [{ SecurityOpt: ['seccomp=unconfined'] }, PROFILE, null],
  [{ SecurityOpt: ['seccomp:unconfined'] }, PROFILE, null],
  [{ SecurityOpt: ['seccomp=builtin'] }, PROFILE, 'SCMP_ACT_ERRNO'],
  [{ SecurityOpt: ['seccomp=unconfined', 'seccomp=builtin'] }, PROFILE, 'SCMP_ACT_ERRNO'],
  [{ SecurityOpt: [`seccomp=${JSON.stringify(OWN)}`] }, PROFILE, 'SCMP_ACT_LOG'],
  [{ Privileged: true, SecurityOpt: [`seccomp=${JSON.stringify(OWN)}`] }, PROFILE, 'SCMP_ACT_LOG'],
  [{ SecurityOpt: ['apparmor=unconfined', 'xseccomp=unconfined'] }, PROFILE, 'SCMP_ACT_ERRNO'],
];
for (const [host, kernel, action] of ASKED) {
  test(`seccomp for ${JSON.stringify(host).slice(0, 60)}${kernel ? '' : ' without it in the kernel'}`, () =>
    assert.equal(containerSeccomp(host, hostFacts({ seccomp: kernel }), [])?.defaultAction ?? null, action));
}
for (const text of [
  '{',
  '',
  'null',
  '5',
  '[]',
  '{"defaultAction":"x","syscalls":5}',
  '{"defaultAction":"x","syscalls":[null]}',
  '{"defaultAction":"x","syscalls":{"length":1}}',
]) {
  test(`no seccomp profile: ${text}`, () =>
    assert.throws(
      () => containerSeccomp({ SecurityOpt: [`seccomp=${text}`] }, hostFacts({ seccomp: PROFILE }), []),
      { restCode: 'VmStartFailed', statusCode: 400, ownMessage: /^Decoding seccomp profile failed: / },
    ));
}

test("Docker's own profile: what a default container must never call is not in it", () => {
  const filter = seccompFilter(loadSeccompProfile(), hostFacts(), DEFAULT);
  const allowed = new Set(
    filter?.syscalls
      .filter(({ action, args }) => action === 'SCMP_ACT_ALLOW' && !args)
      .flatMap(({ names }) => names),
  );
  assert.ok(allowed.size > 300);
  for (const name of ['read', 'execve', 'openat2', 'chroot', 'clone3'])
    assert.equal(allowed.has(name), name !== 'clone3', name);
  for (const name of [
    'mount',
    'umount2',
    'setns',
    'unshare',
    'bpf',
    'kexec_load',
    'init_module',
    'keyctl',
    'add_key',
    'ptrace_x',
    'reboot',
    'swapon',
    'settimeofday',
    'open_by_handle_at',
    'userfaultfd',
    'io_uring_setup',
  ])
    assert.ok(!allowed.has(name), name);
  const admin = seccompFilter(loadSeccompProfile(), hostFacts(), [...DEFAULT, 'CAP_SYS_ADMIN']);
  assert.ok(admin?.syscalls.some(({ names, args }) => names.includes('mount') && !args));
});

test('devices: denied first; rules of given ones and of the user last', () => {
  const device = { path: '/dev/x', type: 'b', major: 8, minor: 1 };
  const { nodes, rules } = devices(specInput({ input: { devices: [{ device, access: 'r' }] } }), {
    DeviceCgroupRules: ['c 4:* rw', 'a *:* rwm'],
  });
  assert.deepEqual(nodes, [device]);
  assert.deepEqual(rules[0], { allow: false, access: 'rwm' });
  assert.deepEqual(rules.slice(-4), [
    { allow: false, type: 'c', major: 10, minor: 229, access: 'rwm' },
    { allow: true, type: 'b', major: 8, minor: 1, access: 'r' },
    { allow: true, type: 'c', major: 4, minor: -1, access: 'rw' },
    { allow: true, type: 'a', major: -1, minor: -1, access: 'rwm' },
  ]);
});
