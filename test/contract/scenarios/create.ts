// Create, and the whole inspect of what was created: every default must be dockerd's.
import type { Driver } from '../driver.ts';
import { inspected, NO_NET, remove, type Scenario, SLEEP } from './scenario.ts';

async function echo(d: Driver, body: object): Promise<unknown> {
  const made = await d.api('POST', '/containers/create?name=echo', body);
  const created = await d.api('GET', '/containers/echo/json');
  await remove(d, 'echo');
  return { made, created };
}

const host = (HostConfig: object, config: object = {}): object => ({
  Image: 'busybox',
  Cmd: ['true'],
  ...config,
  HostConfig: { ...NO_NET, ...HostConfig },
});

/** Bodies by what they are about. */
const BODIES: Record<string, object> = {
  'an image and nothing else': { Image: 'busybox' },
  'nulls everywhere': {
    Image: 'busybox',
    Cmd: null,
    Entrypoint: null,
    Env: null,
    Labels: null,
    Volumes: null,
    ExposedPorts: null,
    StopTimeout: null,
    HostConfig: { ...NO_NET, Binds: null, PortBindings: null, RestartPolicy: null, LogConfig: null },
    NetworkingConfig: null,
  },
  'what the CLI sends': {
    Hostname: '',
    Domainname: '',
    User: '',
    AttachStdin: false,
    AttachStdout: true,
    AttachStderr: true,
    Tty: false,
    OpenStdin: false,
    StdinOnce: false,
    Env: null,
    Cmd: ['true'],
    Image: 'busybox',
    Volumes: {},
    WorkingDir: '',
    Entrypoint: null,
    OnBuild: null,
    Labels: {},
    HostConfig: {
      Binds: null,
      ContainerIDFile: '',
      LogConfig: { Type: '', Config: {} },
      NetworkMode: 'default',
      PortBindings: {},
      RestartPolicy: { Name: 'no', MaximumRetryCount: 0 },
      AutoRemove: false,
      ConsoleSize: [24, 80],
      CapAdd: null,
      CgroupnsMode: '',
      Dns: [],
      DnsOptions: [],
      DnsSearch: [],
      ExtraHosts: null,
      IpcMode: '',
      PidMode: '',
      Devices: [],
      BlkioWeightDevice: [],
      BlkioDeviceReadBps: [],
      BlkioDeviceWriteBps: [],
      BlkioDeviceReadIOps: [],
      BlkioDeviceWriteIOps: [],
      MemorySwappiness: -1,
      OomKillDisable: false,
      PidsLimit: 0,
      MaskedPaths: null,
      ReadonlyPaths: null,
    },
    NetworkingConfig: { EndpointsConfig: { default: { MacAddress: '' } } },
  },
  'every field of Config': host(
    {},
    {
      Hostname: 'hh',
      Domainname: 'example.com',
      User: 'daemon:www-data',
      AttachStdin: true,
      AttachStdout: true,
      AttachStderr: true,
      Tty: true,
      OpenStdin: true,
      StdinOnce: true,
      Env: ['A=1', 'PATH=/bin', 'B'],
      Entrypoint: ['/bin/sh', '-c'],
      Cmd: ['true'],
      WorkingDir: '/tmp/../var/',
      Labels: { l: 'm', 'with.dots': 'a=b', empty: '' },
      StopSignal: 'SIGINT',
      StopTimeout: 3,
      Shell: ['/bin/sh'],
      ExposedPorts: { '80/tcp': {}, '53/udp': {} },
      Volumes: { '/data': {} },
    },
  ),
  'Cmd and Entrypoint as text': host({}, { Cmd: 'true', Entrypoint: 'sh' }),
  'an empty Entrypoint': host({}, { Entrypoint: [], Cmd: ['true'] }),
  'an Entrypoint and no Cmd': host({}, { Entrypoint: ['true'], Cmd: null }),
  'an Entrypoint of one empty word': host({}, { Entrypoint: [''], Cmd: ['true'] }),
  'memory limits': host({ Memory: 64 << 20, MemoryReservation: 32 << 20 }),
  'memory and swap': host({ Memory: 64 << 20, MemorySwap: -1, ShmSize: 1 << 20, OomScoreAdj: 100 }),
  'CPU limits': host({
    CpuShares: 512,
    CpuPeriod: 100_000,
    CpuQuota: 50_000,
    CpusetCpus: '0',
    CpusetMems: '0',
  }),
  NanoCpus: host({ NanoCpus: 500_000_000, PidsLimit: 100 }),
  'no limit of processes': host({ PidsLimit: -1 }),
  ulimits: host({ Ulimits: [{ Name: 'nofile', Soft: 100, Hard: 200 }] }),
  'restart on failure': host({ RestartPolicy: { Name: 'on-failure', MaximumRetryCount: 3 } }),
  'restart unless stopped': host({ RestartPolicy: { Name: 'unless-stopped' } }),
  'auto remove': host({ AutoRemove: true }),
  privileged: host({ Privileged: true }),
  'capabilities and security': host({
    CapAdd: ['NET_ADMIN'],
    CapDrop: ['ALL'],
    SecurityOpt: ['no-new-privileges'],
    ReadonlyRootfs: true,
    GroupAdd: ['10'],
    Init: true,
  }),
  namespaces: host({ IpcMode: 'none', PidMode: 'host', UTSMode: 'host', CgroupnsMode: 'private' }),
  'host IPC': host({ IpcMode: 'host' }),
  'name service': host({
    Dns: ['192.0.2.1'],
    DnsSearch: ['example.com'],
    DnsOptions: ['ndots:2'],
    ExtraHosts: ['h:192.0.2.2'],
  }),
  'tmpfs and sysctls': host({ Tmpfs: { '/t': 'size=1m' }, Sysctls: { 'kernel.msgmax': '4096' } }),
  'a bind': host({ Binds: ['/srv:/mnt:ro'] }),
  'a bind without a mode': host({ Binds: ['/usr:/usr2/'] }),
  'a bind mount': host({ Mounts: [{ Type: 'bind', Source: '/srv', Target: '/mnt', ReadOnly: true }] }),
  'a tmpfs mount': host({ Mounts: [{ Type: 'tmpfs', Target: '/t', TmpfsOptions: { SizeBytes: 1 << 20 } }] }),
  'log options': host({ LogConfig: { Type: 'json-file', Config: { 'max-size': '1m', 'max-file': '2' } } }),
  'no log': host({ LogConfig: { Type: 'none' } }),
  'a device': host({
    Devices: [{ PathOnHost: '/dev/fuse', PathInContainer: '/dev/f', CgroupPermissions: 'r' }],
  }),
  'masked and read-only paths': host({ MaskedPaths: [], ReadonlyPaths: ['/proc/bus'] }),
  'the default network by name': { ...SLEEP, HostConfig: { NetworkMode: 'bridge' } },
};

export const createScenarios: Scenario[] = [
  ...Object.entries(BODIES).map(([what, body]) => ({
    name: `ContainerCreate: ${what}`,
    play: (d: Driver) => echo(d, body),
  })),
  {
    name: 'ContainerCreate: names',
    async play(d) {
      const named = async (name: string) => {
        const made = await d.api('POST', `/containers/create?name=${encodeURIComponent(name)}`, SLEEP);
        const { Id } = made.body as { Id?: string };
        const shown = Id === undefined ? null : await inspected(d, Id, 'Name');
        if (Id !== undefined) await remove(d, Id);
        return { made, shown };
      };
      const unnamed = await d.api('POST', '/containers/create', SLEEP);
      const { Id } = unnamed.body as { Id: string };
      const chosen = /^\/[a-z]+_[a-z]+$/.test(await inspected<string>(d, Id, 'Name'));
      await remove(d, Id);
      return {
        slash: await named('/with-slash'),
        dots: await named('a.b-c_d'),
        oneLetter: await named('x'),
        underscore: await named('_'),
        space: await named('a b'),
        inner: await named('a/b'),
        chosen,
      };
    },
  },
  {
    name: 'ContainerInspect of a running one on the default network, and after its end',
    async play(d) {
      await d.api('POST', '/containers/create?name=net', { Image: 'busybox', Cmd: ['sleep', '1000'] });
      await d.api('POST', '/containers/net/start');
      const running = await d.api('GET', '/containers/net/json');
      await d.api('POST', '/containers/net/kill');
      await d.until('net', 'exited');
      const ended = await d.api('GET', '/containers/net/json');
      const size = await d.api('GET', '/containers/net/json?size=1');
      await remove(d, 'net');
      return { running, ended, size };
    },
  },
];
