// Reads the JSON body of POST /containers/create into our own shapes, refusing wrong types as Go's decoder does.

import { bodyFields, Fields } from '#src/api/fields.ts';
import type {
  ContainerConfig,
  CreateRequest,
  HealthConfig,
  HostConfig,
  MountSpec,
} from '#src/containers/types.ts';
import { invalid } from '#src/errors.ts';
import { decodeExposedPorts, decodePortBindings } from './decode-ports.ts';

/** Decodes the body. Throws DockerError invalid: empty body or a field of the wrong type. */
export function decodeCreate(json: unknown): CreateRequest {
  // The one body that must not be left out.
  if (json === undefined) throw invalid('invalid JSON: EOF');
  const top = bodyFields(json, 'container.CreateRequest');
  const rest = Object.keys(top.raw).filter((key) => key !== 'HostConfig' && key !== 'NetworkingConfig');
  if (rest.length === 0) throw invalid('config cannot be empty in order to create a container');
  const networking = top.object('NetworkingConfig');
  return {
    config: decodeConfig(top),
    hostConfig: decodeHostConfig(top.object('HostConfig') ?? new Fields({}, 'HostConfig')),
    endpoints: (networking?.object('EndpointsConfig')?.raw ?? {}) as CreateRequest['endpoints'],
    macAddress: top.string('MacAddress'),
  };
}

/** A container's or an image's Config. Throws DockerError invalid. */
export function decodeConfig(f: Fields): ContainerConfig {
  const stopTimeout = f.integerOrNull('StopTimeout');
  return {
    Hostname: f.string('Hostname'),
    Domainname: f.string('Domainname'),
    User: f.string('User'),
    AttachStdin: f.boolean('AttachStdin'),
    AttachStdout: f.boolean('AttachStdout'),
    AttachStderr: f.boolean('AttachStderr'),
    ...given('ExposedPorts', decodeExposedPorts(f.map<object>('ExposedPorts'))),
    Tty: f.boolean('Tty'),
    OpenStdin: f.boolean('OpenStdin'),
    StdinOnce: f.boolean('StdinOnce'),
    Env: f.strings('Env'),
    Cmd: f.words('Cmd'),
    ...given('Healthcheck', decodeHealth(f.object('Healthcheck'))),
    Image: f.string('Image'),
    Volumes: f.map<object>('Volumes') ?? {},
    WorkingDir: f.string('WorkingDir'),
    Entrypoint: f.words('Entrypoint'),
    ...(f.boolean('NetworkDisabled') ? { NetworkDisabled: true } : {}),
    Labels: f.stringMap('Labels') ?? {},
    ...(f.string('StopSignal') === '' ? {} : { StopSignal: f.string('StopSignal') }),
    ...(stopTimeout === null ? {} : { StopTimeout: stopTimeout }),
    ...given('Shell', f.words('Shell')),
  };
}

function decodeHealth(f: Fields | null): HealthConfig | null {
  if (!f) return null;
  return {
    ...given('Test', f.strings('Test')),
    ...given('Interval', f.integer('Interval') || null),
    ...given('Timeout', f.integer('Timeout') || null),
    ...given('StartPeriod', f.integer('StartPeriod') || null),
    ...given('StartInterval', f.integer('StartInterval') || null),
    ...given('Retries', f.integer('Retries') || null),
  };
}

function decodeHostConfig(f: Fields): HostConfig {
  const log = f.object('LogConfig');
  const restart = f.object('RestartPolicy');
  const init = f.booleanOrNull('Init');
  return {
    Binds: f.strings('Binds'),
    ContainerIDFile: f.string('ContainerIDFile'),
    LogConfig: { Type: log?.string('Type') ?? '', Config: log?.stringMap('Config') ?? {} },
    NetworkMode: f.string('NetworkMode'),
    PortBindings: decodePortBindings(f.object('PortBindings')),
    RestartPolicy: {
      Name: restart?.string('Name') ?? '',
      MaximumRetryCount: restart?.integer('MaximumRetryCount') ?? 0,
    },
    AutoRemove: f.boolean('AutoRemove'),
    VolumeDriver: f.string('VolumeDriver'),
    VolumesFrom: f.strings('VolumesFrom'),
    ConsoleSize: f.pair('ConsoleSize'),
    ...given('Annotations', f.stringMap('Annotations')),
    ...decodeIsolation(f),
    ...decodeResources(f),
    ...given('Mounts', decodeMounts(f.objects('Mounts'))),
    MaskedPaths: f.strings('MaskedPaths'),
    ReadonlyPaths: f.strings('ReadonlyPaths'),
    ...(init === null ? {} : { Init: init }),
  };
}

/** Capabilities, namespaces, name service: what separates the container from others. */
function decodeIsolation(f: Fields) {
  return {
    CapAdd: f.words('CapAdd'),
    CapDrop: f.words('CapDrop'),
    CgroupnsMode: f.string('CgroupnsMode'),
    Dns: f.strings('Dns'),
    DnsOptions: f.strings('DnsOptions'),
    DnsSearch: f.strings('DnsSearch'),
    ExtraHosts: f.strings('ExtraHosts'),
    GroupAdd: f.strings('GroupAdd'),
    IpcMode: f.string('IpcMode'),
    Cgroup: f.string('Cgroup'),
    Links: f.strings('Links'),
    OomScoreAdj: f.integer('OomScoreAdj'),
    PidMode: f.string('PidMode'),
    Privileged: f.boolean('Privileged'),
    PublishAllPorts: f.boolean('PublishAllPorts'),
    ReadonlyRootfs: f.boolean('ReadonlyRootfs'),
    SecurityOpt: f.strings('SecurityOpt'),
    ...given('StorageOpt', f.stringMap('StorageOpt')),
    ...given('Tmpfs', f.stringMap('Tmpfs')),
    UTSMode: f.string('UTSMode'),
    UsernsMode: f.string('UsernsMode'),
    ShmSize: f.integer('ShmSize'),
    ...given('Sysctls', f.stringMap('Sysctls')),
    Runtime: f.string('Runtime'),
    Isolation: f.string('Isolation'),
  };
}

/** Docker's Resources: what the container may use. */
export function decodeResources(f: Fields) {
  return {
    CpuShares: f.integer('CpuShares'),
    Memory: f.integer('Memory'),
    NanoCpus: f.integer('NanoCpus'),
    CgroupParent: f.string('CgroupParent'),
    BlkioWeight: f.integer('BlkioWeight'),
    BlkioWeightDevice: f.list('BlkioWeightDevice'),
    BlkioDeviceReadBps: f.list('BlkioDeviceReadBps'),
    BlkioDeviceWriteBps: f.list('BlkioDeviceWriteBps'),
    BlkioDeviceReadIOps: f.list('BlkioDeviceReadIOps'),
    BlkioDeviceWriteIOps: f.list('BlkioDeviceWriteIOps'),
    CpuPeriod: f.integer('CpuPeriod'),
    CpuQuota: f.integer('CpuQuota'),
    CpuRealtimePeriod: f.integer('CpuRealtimePeriod'),
    CpuRealtimeRuntime: f.integer('CpuRealtimeRuntime'),
    CpusetCpus: f.string('CpusetCpus'),
    CpusetMems: f.string('CpusetMems'),
    Devices: f.list('Devices'),
    DeviceCgroupRules: f.strings('DeviceCgroupRules'),
    DeviceRequests: f.objects('DeviceRequests')?.map(decodeDeviceRequest) ?? null,
    MemoryReservation: f.integer('MemoryReservation'),
    MemorySwap: f.integer('MemorySwap'),
    MemorySwappiness: f.integerOrNull('MemorySwappiness'),
    OomKillDisable: f.booleanOrNull('OomKillDisable'),
    PidsLimit: f.integerOrNull('PidsLimit'),
    Ulimits:
      f.objects('Ulimits')?.map((limit) => ({
        Name: limit.string('Name'),
        Hard: limit.integer('Hard'),
        Soft: limit.integer('Soft'),
      })) ?? null,
    CpuCount: f.integer('CpuCount'),
    CpuPercent: f.integer('CpuPercent'),
    IOMaximumIOps: f.integer('IOMaximumIOps'),
    IOMaximumBandwidth: f.integer('IOMaximumBandwidth'),
  };
}

function decodeDeviceRequest(f: Fields) {
  return {
    Driver: f.string('Driver'),
    Count: f.integer('Count'),
    DeviceIDs: f.strings('DeviceIDs'),
    Capabilities: f.stringLists('Capabilities'),
    Options: f.stringMap('Options'),
  };
}

function decodeMounts(mounts: Fields[] | null): MountSpec[] | null {
  if (!mounts || mounts.length === 0) return null;
  return mounts.map((m) => ({
    Type: m.string('Type'),
    ...(m.string('Source') === '' ? {} : { Source: m.string('Source') }),
    Target: m.string('Target'),
    ...(m.boolean('ReadOnly') ? { ReadOnly: true } : {}),
    ...(m.string('Consistency') === '' ? {} : { Consistency: m.string('Consistency') }),
    ...given('BindOptions', m.object('BindOptions')?.raw ?? null),
    ...given('VolumeOptions', m.object('VolumeOptions')?.raw ?? null),
    ...given('TmpfsOptions', m.object('TmpfsOptions')?.raw ?? null),
    ...given('ImageOptions', m.object('ImageOptions')?.raw ?? null),
  }));
}

function given<K extends string, V>(key: K, value: V | null): { [P in K]?: V } {
  return value === null ? {} : ({ [key]: value } as { [P in K]: V });
}
