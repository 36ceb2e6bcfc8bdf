// What ContainerCreate refuses, with status and text.
import type { Driver } from '../driver.ts';
import { create, remove, type Scenario, SLEEP } from './scenario.ts';

const host = (HostConfig: object): object => ({
  ...SLEEP,
  HostConfig: { ...SLEEP.HostConfig, ...HostConfig },
});

const REFUSED: Record<string, object> = {
  noImage: { Image: 'nosuch:1', Cmd: ['true'] },
  badImage: { Image: 'UPPER', Cmd: ['true'] },
  noConfig: {},
  onlyHost: { HostConfig: {} },
  wrongType: { ...SLEEP, Tty: 'yes' },
  wrongHostType: host({ Memory: 'much' }),
  badSignal: { ...SLEEP, StopSignal: 'NOSUCH' },
  relativeDir: { ...SLEEP, WorkingDir: 'tmp' },
  badEnv: { ...SLEEP, Env: ['=x'] },
  longHostname: { ...SLEEP, Hostname: 'h'.repeat(65) },
  lowMemory: host({ Memory: 1000 }),
  swapBelow: host({ Memory: 64 << 20, MemorySwap: 32 << 20 }),
  swapAlone: host({ MemorySwap: 64 << 20 }),
  swappiness: host({ MemorySwappiness: 101 }),
  reservation: host({ Memory: 64 << 20, MemoryReservation: 128 << 20 }),
  lowReservation: host({ MemoryReservation: 1000 }),
  nanoAndPeriod: host({ NanoCpus: 1e9, CpuPeriod: 1000 }),
  nanoAndQuota: host({ NanoCpus: 1e9, CpuQuota: 1000 }),
  badPeriod: host({ CpuPeriod: 10 }),
  badQuota: host({ CpuQuota: 10 }),
  badShares: host({ CpuShares: -1 }),
  badCpuset: host({ CpusetCpus: 'x' }),
  qos: host({ IOMaximumIOps: 1 }),
  badShm: host({ ShmSize: -1 }),
  badOom: host({ OomScoreAdj: 2000 }),
  badIpc: host({ IpcMode: 'nosuch' }),
  badPid: host({ PidMode: 'nosuch' }),
  badUts: host({ UTSMode: 'nosuch' }),
  badCgroupns: host({ CgroupnsMode: 'nosuch' }),
  badRestart: host({ RestartPolicy: { Name: 'sometimes' } }),
  countWithAlways: host({ RestartPolicy: { Name: 'always', MaximumRetryCount: 2 } }),
  negativeCount: host({ RestartPolicy: { Name: 'on-failure', MaximumRetryCount: -1 } }),
  autoRemoveAndRestart: host({ AutoRemove: true, RestartPolicy: { Name: 'always' } }),
  badLogOption: host({ LogConfig: { Type: 'json-file', Config: { nosuch: '1' } } }),
  badMaxSize: host({ LogConfig: { Type: 'json-file', Config: { 'max-size': 'x' } } }),
  noMaxFile: host({ LogConfig: { Type: 'json-file', Config: { 'max-file': '0' } } }),
  badMaxFile: host({ LogConfig: { Type: 'json-file', Config: { 'max-file': 'x' } } }),
  badCompress: host({ LogConfig: { Type: 'json-file', Config: { compress: 'true' } } }),
  badLogMode: host({ LogConfig: { Type: 'json-file', Config: { mode: 'x' } } }),
  badBuffer: host({ LogConfig: { Type: 'json-file', Config: { 'max-buffer-size': '1m' } } }),
  badCache: host({ LogConfig: { Type: 'syslog', Config: { 'cache-disabled': 'x' } } }),
  badSyslogOption: host({ LogConfig: { Type: 'syslog', Config: { nosuch: '1' } } }),
  badSyslogAddress: host({ LogConfig: { Type: 'syslog', Config: { 'syslog-address': 'x://h:1' } } }),
  badSyslogHost: host({ LogConfig: { Type: 'syslog', Config: { 'syslog-address': '127.0.0.1:514' } } }),
  badFacility: host({ LogConfig: { Type: 'syslog', Config: { 'syslog-facility': 'x' } } }),
  badSyslogFormat: host({ LogConfig: { Type: 'syslog', Config: { 'syslog-format': 'x' } } }),
  syslogDead: host({ LogConfig: { Type: 'syslog', Config: { 'syslog-address': 'tcp://127.0.0.1:1' } } }),
  noGelfAddress: host({ LogConfig: { Type: 'gelf', Config: {} } }),
  badGelfAddress: host({ LogConfig: { Type: 'gelf', Config: { 'gelf-address': 'udp://h' } } }),
  badGelfProtocol: host({ LogConfig: { Type: 'gelf', Config: { 'gelf-address': 'http://h:1' } } }),
  badGelfOption: host({ LogConfig: { Type: 'gelf', Config: { 'gelf-address': 'udp://h:1', nosuch: '1' } } }),
  badGelfLevel: host({
    LogConfig: { Type: 'gelf', Config: { 'gelf-address': 'udp://h:1', 'gelf-compression-level': '10' } },
  }),
  gelfOverTcp: host({
    LogConfig: { Type: 'gelf', Config: { 'gelf-address': 'tcp://h:1', 'gelf-compression-type': 'zlib' } },
  }),
  gelfDead: host({ LogConfig: { Type: 'gelf', Config: { 'gelf-address': 'tcp://127.0.0.1:1' } } }),
  badFluentdAddress: host({ LogConfig: { Type: 'fluentd', Config: { 'fluentd-address': 'x://h' } } }),
  badFluentdWait: host({ LogConfig: { Type: 'fluentd', Config: { 'fluentd-retry-wait': 'x' } } }),
  badFluentdOption: host({ LogConfig: { Type: 'fluentd', Config: { nosuch: '1' } } }),
  fluentdDead: host({ LogConfig: { Type: 'fluentd', Config: { 'fluentd-address': '127.0.0.1:1' } } }),
  badJournaldOption: host({ LogConfig: { Type: 'journald', Config: { nosuch: '1' } } }),
  badTag: host({
    LogConfig: { Type: 'syslog', Config: { tag: '{{.ID', 'syslog-address': 'udp://127.0.0.1:1' } },
  }),
  badRuntime: host({ Runtime: 'nosuch' }),
  badIsolation: host({ Isolation: 'hyperv' }),
  badCapability: host({ CapAdd: ['NOSUCH'] }),
  badSecurity: host({ SecurityOpt: ['nosuch=1'] }),
  badDns: host({ Dns: ['x'] }),
  badHost: host({ ExtraHosts: ['x'] }),
  badHostAddress: host({ ExtraHosts: ['h:x'] }),
  badBind: host({ Binds: ['/srv'] }),
  onlyMode: host({ Binds: ['/srv:ro'] }),
  badBindMode: host({ Binds: ['/srv:/mnt:nosuch'] }),
  relativeBind: host({ Binds: ['/srv:mnt'] }),
  rootBind: host({ Binds: ['/srv:/'] }),
  twiceBound: host({ Binds: ['/srv:/mnt', '/usr:/mnt'] }),
  noMountSource: host({ Mounts: [{ Type: 'bind', Target: '/mnt' }] }),
  noMountTarget: host({ Mounts: [{ Type: 'bind', Source: '/tmp' }] }),
  badMountType: host({ Mounts: [{ Type: 'nosuch', Source: '/srv', Target: '/mnt' }] }),
  relativeTmpfs: host({ Tmpfs: { t: '' } }),
  badTmpfs: host({ Tmpfs: { '/t': 'nosuch=1' } }),
  badUlimit: host({ Ulimits: [{ Name: 'nofile', Soft: 200, Hard: 100 }] }),
  unknownUlimit: host({ Ulimits: [{ Name: 'nosuch', Soft: 1, Hard: 1 }] }),
  badSysctl: host({ Sysctls: { 'nosuch.x': '1' } }),
  hostnameAndUts: { ...host({ UTSMode: 'host' }), Hostname: 'h' },
  badNetwork: host({ NetworkMode: 'container:' }),
};

/** What dockerd finds wrong only at the start. */
const STARTED = [
  ...[
    'badMaxSize',
    'noMaxFile',
    'badMaxFile',
    'badCompress',
    'syslogDead',
    'gelfDead',
    'fluentdDead',
    'badTag',
  ],
  'badSysctl',
  'badTmpfs',
  'badUlimit',
  'unknownUlimit',
];

export const createRefusalScenarios: Scenario[] = [
  {
    name: 'ContainerCreate refusals',
    async play(d: Driver) {
      const out: Record<string, unknown> = {};
      for (const [what, body] of Object.entries(REFUSED)) {
        const answer = await d.api('POST', `/containers/create?name=refused-${what}`, body);
        const { Id } = answer.body as { Id?: string };
        out[what] = STARTED.includes(what)
          ? { answer, start: await d.api('POST', `/containers/${Id}/start`) }
          : answer;
        if (Id !== undefined) await remove(d, Id);
      }
      return out;
    },
  },
  {
    name: 'ContainerCreate: bodies that are no object',
    async play(d) {
      return {
        text: await d.api('POST', '/containers/create', 'text'),
        list: await d.api('POST', '/containers/create', []),
        broken: await d.text('POST', '/containers/create', '{"Image":', 'application/json'),
        letter: await d.text('POST', '/containers/create', '{"Image":x}', 'application/json'),
        empty: await d.text('POST', '/containers/create', '', 'application/json'),
        noType: await d.text('POST', '/containers/create', '{}'),
        otherType: await d.text('POST', '/containers/create', '{}', 'text/plain'),
        charset: await d.text(
          'POST',
          '/containers/create?name=_',
          JSON.stringify(SLEEP),
          'application/json; charset=utf-8',
        ),
      };
    },
  },
  {
    name: 'ContainerCreate: a name that is taken',
    async play(d) {
      await create(d, 'taken');
      const out = {
        api: await d.api('POST', '/containers/create?name=taken', SLEEP),
        slash: await d.api('POST', '/containers/create?name=/taken', SLEEP),
        cli: await d.cli('create', '--name', 'taken', 'busybox'),
      };
      await remove(d, 'taken');
      return out;
    },
  },
];
