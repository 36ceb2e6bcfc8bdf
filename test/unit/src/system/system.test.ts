// Server facts, version and info, pure and by API version.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MD } from '#lib/docker-vm/metadata.ts';
import type { Server } from '#lib/wire/types.ts';
import type { DaemonConfig } from '#src/config.ts';
import { infoForVersion } from '#src/system/info-versions.ts';
import { type ServerFacts, toServerFacts } from '#src/system/server-facts.ts';
import { toInfo } from '#src/system/to-info.ts';
import { goArch, toVersion } from '#src/system/version.ts';
import { buildVm } from '#test/unit/src/vm/build-vm.ts';

const server = (hostname: string, sysinfo: object, patch: Partial<Server> = {}): Server => ({
  uuid: hostname,
  hostname,
  status: 'running',
  setup: true,
  headnode: false,
  sysinfo: { 'CPU Total Cores': 4, 'MiB of Memory': '1024', ...sysinfo },
  ...patch,
});
const linux = {
  Linux: {
    'Kernel Version': '6.1.0-18-amd64',
    'Operating System': 'Debian GNU/Linux 12 (bookworm)',
    'OS Version': '12',
    'OS Type': 'linux',
    Architecture: 'x86_64',
    'Cgroup Driver': 'cgroupfs',
    'Cgroup Version': '2',
    'Containerd Version': '1.6.20',
    'Containerd Revision': 'abc',
    'Runc Version': '1.1.5',
    'Runc Revision': 'def',
    'Storage Driver': 'overlayfs',
    'Swap Limit': true,
    Seccomp: true,
    Controllers: ['cpu', 'cpuset', 'memory', 'pids'],
    'Init Path': '/usr/bin/tini-static',
  },
};

test('servers are added up; those that are down do not count while another is up', () => {
  const one = toServerFacts([server('cn1', linux)]);
  assert.deepEqual([one.hostname, one.cpus, one.memory], ['cn1', 4, 1024 ** 3]);
  const all = [
    server('cn1', linux),
    server('cn2', linux, { memory_total_bytes: 5 }),
    server('cn3', linux, { status: 'offline' }),
  ];
  const two = toServerFacts(all);
  assert.deepEqual([two.hostname, two.cpus, two.memory], [null, 8, 1024 ** 3 + 5]);
  assert.equal(toServerFacts([server('cn1', linux, { status: 'unknown' })]).cpus, 4);
  const smartos = toServerFacts([server('cn1', { 'Live Image': '20240101' })]);
  assert.deepEqual([smartos.storageDriver, smartos.controllers], ['zfs', null]);
  assert.deepEqual([toServerFacts([]).cpus, toServerFacts([]).storageDriver], [0, 'unknown']);
});

test('version', () => {
  const build = { version: '1.2.3', time: '2026-11-24T10:00:00.000Z', node: 'v26.0.0' };
  const answer = toVersion(toServerFacts([server('cn1', linux)]), build);
  assert.deepEqual(
    answer.Components.map(({ Name, Version }) => `${Name} ${Version}`),
    ['Engine 1.2.3', 'containerd 1.6.20', 'runc 1.1.5'],
  );
  assert.equal(answer.Components[1]?.Details.GitCommit, 'abc');
  const { Components, Platform, ...flat } = answer;
  assert.deepEqual(flat, {
    Version: '1.2.3',
    ApiVersion: '1.55',
    MinAPIVersion: '1.24',
    GitCommit: '',
    GoVersion: 'node v26.0.0',
    Os: 'linux',
    Arch: 'amd64',
    KernelVersion: '6.1.0-18-amd64',
    BuildTime: '2026-11-24T10:00:00.000Z',
  });
  assert.equal(Platform.Name, 'Triton sdc-docker');
  assert.ok(Components[0]?.Details.KernelVersion);
  const bare = toVersion(toServerFacts([]), build);
  assert.equal('KernelVersion' in bare, false);
  assert.equal(bare.Components.length, 1);
  assert.deepEqual(['x86_64', 'aarch64', 'riscv64'].map(goArch), ['amd64', 'arm64', 'riscv64']);
});

const config = {
  adminUuid: '930896af-bf8c-48d4-885c-6573a94b1853',
  datacenterName: 'dc1',
  stateDir: '/var/lib/sdc-docker/daemon',
  logDriver: 'local',
  logOpts: {},
  enabledLogDrivers: ['syslog', 'none', 'json-file', 'local'],
  logLevel: 'info',
} as DaemonConfig;

function info(facts: ServerFacts, stale = false): Record<string, unknown> {
  const started = { [MD.startedAt]: '2026-11-24T10:00:00.000Z' };
  const vms = [
    buildVm({ state: 'running' }, started),
    buildVm({ state: 'running' }, { ...started, [MD.paused]: true }),
    buildVm({}, { ...started, [MD.restarting]: true }),
    buildVm(),
  ];
  return toInfo({
    config,
    account: 'admin',
    serverVersion: '1.2.3',
    vms,
    images: 5,
    facts,
    stale,
    now: new Date('2026-11-24T10:00:00.000Z'),
    openFiles: 9,
  });
}

test('info: AppArmor is told before the others, as dockerd does', () => {
  const answer = info(toServerFacts([server('cn1', { Linux: { ...linux.Linux, AppArmor: true } })]));
  assert.deepEqual(answer.SecurityOptions, [
    'name=apparmor',
    'name=seccomp,profile=builtin',
    'name=cgroupns',
  ]);
});

test('info: counts, facts, and every field of the newest version', () => {
  const answer = info(toServerFacts([server('cn1', linux)]));
  const { Containers, ContainersRunning, ContainersPaused, ContainersStopped, Images } = answer;
  assert.deepEqual(
    { Containers, ContainersRunning, ContainersPaused, ContainersStopped, Images },
    { Containers: 4, ContainersRunning: 1, ContainersPaused: 1, ContainersStopped: 2, Images: 5 },
  );
  assert.match(String(answer.ID), /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
  const expected = {
    Name: 'cn1',
    NCPU: 4,
    MemTotal: 1024 ** 3,
    Driver: 'overlayfs',
    OSType: 'linux',
    Architecture: 'x86_64',
    CgroupVersion: '2',
    MemoryLimit: true,
    PidsLimit: true,
    OomKillDisable: false,
    DefaultRuntime: 'runc',
    ContainerdCommit: { ID: 'abc' },
    SecurityOptions: ['name=seccomp,profile=builtin', 'name=cgroupns'],
    Warnings: [],
    SystemTime: '2026-11-24T10:00:00.000Z',
  };
  for (const [key, value] of Object.entries(expected)) assert.deepEqual(answer[key], value, key);
});

test('info without CNAPI: a warning in place of facts; several servers: the name of the datacenter', () => {
  const answer = info(toServerFacts([]), true);
  assert.equal(answer.Name, 'dc1');
  assert.deepEqual([answer.NCPU, answer.MemTotal], [0, 0]);
  assert.match((answer.Warnings as string[])[0]!, /^WARNING: the compute node API does not answer/);
  const weak = { ...linux.Linux, 'Swap Limit': false, Controllers: ['memory'] };
  const { Warnings } = info(toServerFacts([server('cn1', { Linux: weak })]));
  assert.deepEqual(Warnings, [
    'WARNING: No swap limit support',
    'WARNING: No cpu cfs quota support',
    'WARNING: No cpu cfs period support',
    'WARNING: No cpu shares support',
    'WARNING: No cpuset support',
  ]);
});

test('info by version', () => {
  const newest = info(toServerFacts([server('cn1', linux)]));
  const at = (version: number) => infoForVersion(newest, version);
  const cases: [number, string, boolean][] = [
    [50, 'BridgeNfIptables', false],
    [49, 'BridgeNfIptables', true],
    [49, 'FirewallBackend', true],
    [48, 'FirewallBackend', false],
    [44, 'CDISpecDirs', true],
    [43, 'CDISpecDirs', false],
    [42, 'KernelMemory', false],
    [41, 'KernelMemory', true],
    [25, 'ExecutionDriver', false],
    [24, 'ExecutionDriver', true],
  ];
  for (const [version, key, there] of cases) assert.equal(key in at(version), there, `${version} ${key}`);
  assert.deepEqual(at(55), newest);
  assert.deepEqual(at(48).RuncCommit, { ID: 'def', Expected: 'def' });
  assert.ok('AllowNondistributableArtifactsCIDRs' in (at(46).RegistryConfig as object));
  assert.ok(!('AllowNondistributableArtifactsCIDRs' in (at(47).RegistryConfig as object)));
  assert.deepEqual(at(24).SecurityOptions, ['seccomp', 'cgroupns']);
});
