// The table of flags is total over the create body, and create refuses none of them.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CREATE_FLAGS } from '#src/api/flags.ts';
import { decodeCreate } from '#src/containers/create/decode.ts';
import { refuseUnsupported } from '#src/containers/create/refuse.ts';
import { validateCreate } from '#src/containers/create/validate.ts';

/** A value of each field that asks for something and is supported, where the field's flags are done or partial. */
const SAMPLES: Readonly<Record<string, unknown>> = {
  'Config.Hostname': 'box',
  'Config.Domainname': 'example.org',
  'Config.User': '12:34',
  'Config.AttachStdin': true,
  'Config.AttachStdout': true,
  'Config.AttachStderr': true,
  'Config.ExposedPorts': { '80/tcp': {} },
  'Config.Tty': true,
  'Config.OpenStdin': true,
  'Config.StdinOnce': true,
  'Config.Env': ['A=1'],
  'Config.Cmd': ['true'],
  'Config.Healthcheck': { Test: ['CMD', 'true'], Interval: 1e9 },
  'Config.Image': 'busybox',
  'Config.Volumes': { '/data': {} },
  'Config.WorkingDir': '/tmp',
  'Config.Entrypoint': ['/bin/sh'],
  'Config.NetworkDisabled': false,
  'Config.Labels': { a: 'b' },
  'Config.StopSignal': 'SIGINT',
  'Config.StopTimeout': 3,
  'Config.Shell': ['/bin/sh', '-c'],
  'HostConfig.Binds': ['/host:/inside:ro'],
  'HostConfig.ContainerIDFile': '/tmp/id',
  'HostConfig.LogConfig': { Type: 'json-file', Config: { 'max-size': '1m' } },
  'HostConfig.NetworkMode': 'none',
  'HostConfig.PortBindings': { '80/tcp': [{ HostIp: '', HostPort: '8080' }] },
  'HostConfig.PublishAllPorts': true,
  'HostConfig.RestartPolicy': { Name: 'on-failure', MaximumRetryCount: 2 },
  'HostConfig.AutoRemove': true,
  'HostConfig.ConsoleSize': [24, 80],
  'HostConfig.Annotations': { a: 'b' },
  'HostConfig.CapAdd': ['NET_ADMIN'],
  'HostConfig.CapDrop': ['ALL'],
  'HostConfig.CgroupnsMode': 'private',
  'HostConfig.Dns': ['1.1.1.1'],
  'HostConfig.DnsOptions': ['ndots:2'],
  'HostConfig.DnsSearch': ['example.org'],
  'HostConfig.ExtraHosts': ['a:1.2.3.4'],
  'HostConfig.GroupAdd': ['33'],
  'HostConfig.IpcMode': 'host',
  'HostConfig.Cgroup': '',
  'HostConfig.OomScoreAdj': 10,
  'HostConfig.PidMode': 'host',
  'HostConfig.Privileged': true,
  'HostConfig.ReadonlyRootfs': true,
  'HostConfig.SecurityOpt': ['seccomp=unconfined', 'no-new-privileges'],
  'HostConfig.MaskedPaths': [],
  'HostConfig.ReadonlyPaths': [],
  'HostConfig.Tmpfs': { '/scratch': 'size=1m' },
  'HostConfig.UTSMode': 'host',
  'HostConfig.UsernsMode': 'host',
  'HostConfig.ShmSize': 1 << 20,
  'HostConfig.Sysctls': { 'net.core.somaxconn': '1024' },
  'HostConfig.Runtime': 'runc',
  'HostConfig.Isolation': 'default',
  'HostConfig.CpuShares': 512,
  'HostConfig.Memory': 64 << 20,
  'HostConfig.NanoCpus': 5e8,
  'HostConfig.CgroupParent': '/mine',
  'HostConfig.BlkioWeight': 100,
  'HostConfig.BlkioWeightDevice': [{ Path: '/dev/vda', Weight: 100 }],
  'HostConfig.BlkioDeviceReadBps': [{ Path: '/dev/vda', Rate: 1 << 20 }],
  'HostConfig.BlkioDeviceWriteBps': [{ Path: '/dev/vda', Rate: 1 << 20 }],
  'HostConfig.BlkioDeviceReadIOps': [{ Path: '/dev/vda', Rate: 100 }],
  'HostConfig.BlkioDeviceWriteIOps': [{ Path: '/dev/vda', Rate: 100 }],
  'HostConfig.CpuPeriod': 50_000,
  'HostConfig.CpuQuota': 25_000,
  'HostConfig.CpusetCpus': '0',
  'HostConfig.CpusetMems': '0',
  'HostConfig.Devices': [{ PathOnHost: '/dev/null', PathInContainer: '/dev/x', CgroupPermissions: 'rwm' }],
  'HostConfig.DeviceCgroupRules': ['c 1:3 r'],
  'HostConfig.DeviceRequests': [{ Count: -1, Capabilities: [['gpu']] }],
  'HostConfig.StorageOpt': {},
  'HostConfig.CpuRealtimePeriod': 1000,
  'HostConfig.CpuRealtimeRuntime': 1000,
  'HostConfig.MemoryReservation': 32 << 20,
  'HostConfig.MemorySwap': -1,
  'HostConfig.MemorySwappiness': 10,
  'HostConfig.OomKillDisable': true,
  'HostConfig.PidsLimit': 100,
  'HostConfig.Ulimits': [{ Name: 'nofile', Soft: 100, Hard: 200 }],
  'HostConfig.CpuCount': 1,
  'HostConfig.CpuPercent': 50,
  'HostConfig.IOMaximumIOps': 0,
  'HostConfig.IOMaximumBandwidth': 0,
  'HostConfig.Mounts': [{ Type: 'bind', Source: '/host', Target: '/inside' }],
  'HostConfig.VolumesFrom': ['other:ro'],
  'HostConfig.VolumeDriver': 'local',
  'HostConfig.Init': true,
  'HostConfig.Links': ['other:alias'],
};

const fieldsOf = (state: 'done' | 'partial' | 'notImplemented'): string[] =>
  CREATE_FLAGS.filter((flag) => flag.state === state).flatMap((flag) => [...flag.fields]);
const honoured = [...fieldsOf('done'), ...fieldsOf('partial')].filter((field) => /Config\./.test(field));

/** A body with only this field in it. */
function bodyWith(field: string, value: unknown): object {
  const [part, name] = field.split('.') as [string, string];
  return part === 'Config' ? { Image: 'a', [name]: value } : { Image: 'a', HostConfig: { [name]: value } };
}

for (const field of honoured) {
  test(`${field} is honoured and not refused`, () => {
    assert.ok(Object.hasOwn(SAMPLES, field), 'a sample of this field');
    const request = decodeCreate(bodyWith(field, SAMPLES[field]));
    validateCreate(request);
    refuseUnsupported(request);
  });
}

test('every field that create decodes is set by one flag group, and no group sets one that it does not decode', () => {
  const everything = Object.entries({
    ...SAMPLES,
    'Config.NetworkDisabled': true,
  });
  const inPart = (wanted: string): object =>
    Object.fromEntries(
      everything.flatMap(([field, value]) => {
        const [part, name] = field.split('.') as [string, string];
        return part === wanted ? [[name, value]] : [];
      }),
    );
  const request = decodeCreate({ ...inPart('Config'), HostConfig: inPart('HostConfig') });
  const decoded = [
    ...Object.keys(request.config).map((name) => `Config.${name}`),
    ...Object.keys(request.hostConfig).map((name) => `HostConfig.${name}`),
  ];
  const told = CREATE_FLAGS.flatMap((flag) => [...flag.fields]);
  assert.deepEqual([...new Set(told)].sort(), [...told].sort());
  assert.deepEqual(told.filter((field) => /Config\./.test(field)).sort(), decoded.sort());
});

test('what is partial says how', () => {
  for (const { flags, state, reason } of CREATE_FLAGS)
    assert.ok(state !== 'partial' || reason, `${flags}: what differs?`);
});
