// src/host-access.ts: what only the accounts of daemon.hostAccess may ask for, and what everybody may.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MASKED_PATHS, READONLY_PATHS } from '#src/api/guarded-paths.ts';
import { decodeCreate } from '#src/containers/create/decode.ts';
import { DockerError } from '#src/errors.ts';
import {
  mayReachHost,
  requireHostAccess,
  requireHostAccessOfExec,
  requireHostAccessOfUpdate,
  requireHostAccessOfVolume,
} from '#src/host-access.ts';

const adminUuid = '930896af-bf8c-48d4-885c-6573a94b1853';
const tenant = { uuid: '11111111-2222-4333-8444-555555555555', login: 'tenant' };
const admin = { uuid: adminUuid, login: 'admin' };
const settings = { hostAccess: ['admin'], adminUuid };

const ask = (who: typeof admin, hostConfig: object): string => {
  const request = decodeCreate({ Image: 'a', HostConfig: hostConfig });
  return textOf(() => requireHostAccess(settings, who, request));
};
function textOf(step: () => void): string {
  try {
    step();
    return 'fine';
  } catch (err) {
    assert.ok(err instanceof DockerError);
    assert.equal(err.kind, 'forbidden');
    return err.clientMessage;
  }
}
const log = (Type: string, Config: object = {}): object => ({ LogConfig: { Type, Config } });

const REACHING: object[] = [
  { Privileged: true },
  { Binds: ['data:/data', '/etc:/host:ro'] },
  { Mounts: [{ Type: 'bind', Source: '/etc', Target: '/host' }] },
  { Mounts: [{ Type: 'npipe', Target: '/host' }] },
  {
    Mounts: [
      {
        Type: 'volume',
        Source: 'v',
        Target: '/v',
        VolumeOptions: { DriverConfig: { Options: { device: '/etc', o: 'bind' } } },
      },
    ],
  },
  ...['NetworkMode', 'PidMode', 'IpcMode', 'UTSMode', 'UsernsMode', 'CgroupnsMode'].map((mode) => ({
    [mode]: 'host',
  })),
  { CgroupParent: '/' },
  { Devices: [{ PathOnHost: '/dev/kmsg', PathInContainer: '/dev/kmsg', CgroupPermissions: 'r' }] },
  { DeviceCgroupRules: ['a *:* rwm'] },
  { DeviceRequests: [{ Count: -1 }] },
  { BlkioDeviceReadBps: [{ Path: '/dev/vda', Rate: 1 }] },
  { BlkioWeightDevice: [{ Path: '/dev/vda', Weight: 10 }] },
  { CpuRealtimeRuntime: 1000 },
  { OomScoreAdj: -1 },
  { OomKillDisable: true },
  ...['ALL', 'SYS_ADMIN', 'cap_sys_module', 'dac_read_search', 'BPF'].map((name) => ({ CapAdd: [name] })),
  ...['seccomp=unconfined', 'seccomp:{}', 'apparmor=unconfined', 'apparmor=mine', 'writable-cgroups'].map(
    (option) => ({
      SecurityOpt: [option],
    }),
  ),
  { MaskedPaths: [] },
  { MaskedPaths: MASKED_PATHS.slice(1) },
  { ReadonlyPaths: [] },
  log('journald'),
  log('syslog'),
  log('syslog', { 'syslog-address': 'unix:///dev/log' }),
  log('', { 'syslog-address': 'UNIXGRAM:///dev/log' }),
  log('syslog', { 'syslog-address': 'tcp+tls://h:1', 'syslog-tls-key': '/etc/key' }),
  log('fluentd', { 'fluentd-address': 'unix:///run/f' }),
];
for (const hostConfig of REACHING) {
  test(`for accounts with host access only: ${JSON.stringify(hostConfig)}`, () => {
    assert.match(ask(tenant, hostConfig), /: this account may not reach into the compute node$/);
    assert.equal(ask(admin, hostConfig), 'fine');
  });
}

const HARMLESS: object[] = [
  {},
  {
    Binds: ['data:/data', '/anonymous'],
    Mounts: [
      { Type: 'volume', Target: '/v' },
      { Type: 'tmpfs', Target: '/t' },
    ],
  },
  { NetworkMode: 'container:mine', PidMode: 'container:mine', IpcMode: 'shareable', CgroupnsMode: 'private' },
  { CapAdd: ['NET_ADMIN', 'chown'], CapDrop: ['ALL'] },
  { SecurityOpt: ['no-new-privileges', 'label=disable', 'seccomp=builtin', 'apparmor=docker-default'] },
  // As inspect has them: a container is made again from that.
  { MaskedPaths: [...MASKED_PATHS, '/proc/x'], ReadonlyPaths: [...READONLY_PATHS] },
  log('json-file', { 'max-size': '1m' }),
  log('syslog', { 'syslog-address': 'tcp://h:1' }),
  log('none'),
  { OomScoreAdj: 10, Memory: 64 << 20, ShmSize: 1 << 20, Sysctls: { 'net.core.somaxconn': '1' } },
];
for (const hostConfig of HARMLESS) {
  test(`for every account: ${JSON.stringify(hostConfig)}`, () =>
    assert.equal(ask(tenant, hostConfig), 'fine'));
}

test('exec, update and volumes', () => {
  const update = (who: typeof admin, body: object) => {
    const { hostConfig } = decodeCreate({ Image: 'a', HostConfig: body });
    return textOf(() => requireHostAccessOfUpdate(settings, who, hostConfig));
  };
  const slow = { BlkioDeviceWriteIOps: [{ Path: '/dev/vda', Rate: 1 }] };
  assert.match(update(tenant, slow), /^limits by device /);
  assert.equal(update(admin, slow), 'fine');
  assert.equal(update(tenant, { BlkioWeight: 300, BlkioDeviceReadBps: [] }), 'fine');
  assert.match(
    textOf(() => requireHostAccessOfExec(settings, tenant, true)),
    /^--privileged: /,
  );
  assert.equal(
    textOf(() => requireHostAccessOfExec(settings, tenant, false)),
    'fine',
  );
  assert.equal(
    textOf(() => requireHostAccessOfExec(settings, admin, true)),
    'fine',
  );
  const options = { type: 'none', o: 'bind', device: '/etc' };
  assert.match(
    textOf(() => requireHostAccessOfVolume(settings, tenant, options)),
    /^volumes with mount options/,
  );
  assert.equal(
    textOf(() => requireHostAccessOfVolume(settings, tenant, { size: '10G' })),
    'fine',
  );
  assert.equal(
    textOf(() => requireHostAccessOfVolume(settings, admin, options)),
    'fine',
  );
});

test('who', () => {
  assert.equal(mayReachHost({ hostAccess: [], adminUuid }, admin), false);
  assert.equal(mayReachHost({ hostAccess: [tenant.uuid], adminUuid }, tenant), true);
  assert.equal(mayReachHost({ hostAccess: [tenant.uuid], adminUuid }, admin), false);
});
