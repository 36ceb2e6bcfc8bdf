// Namespaces that are shared, confinement, and what a machine without the hardware or file system for it refuses.
import type { Driver } from '../driver.ts';
import { create, launch, NO_NET, remove, type Scenario, SLEEP } from './scenario.ts';

const body = (HostConfig: object, more: object = {}): object => ({
  Image: 'busybox',
  Cmd: ['true'],
  ...more,
  HostConfig: { ...NO_NET, ...HostConfig },
});

/** Create, what it says of itself, start, and how that ended. */
async function tryOut(d: Driver, asked: object): Promise<unknown> {
  const made = await d.api('POST', '/containers/create?name=nsx', asked);
  if (made.status !== 201) return { made };
  const before = shown(await d.api('GET', '/containers/nsx/json'));
  const start = await d.api('POST', '/containers/nsx/start');
  if (start.status === 204) await d.api('POST', '/containers/nsx/wait');
  const after = shown(await d.api('GET', '/containers/nsx/json'));
  await remove(d, 'nsx');
  return { made, before, start, after };
}

function shown({ body }: { body: unknown }): object {
  const { HostConfig, Config, NetworkSettings, State } = body as Record<string, Record<string, unknown>>;
  const { NetworkMode, PidMode, IpcMode, UTSMode, UsernsMode, SecurityOpt, DeviceRequests } = HostConfig!;
  const modes = { NetworkMode, PidMode, IpcMode, UTSMode, UsernsMode, SecurityOpt, DeviceRequests };

  return {
    modes,
    name: Config!.Hostname,
    networks: Object.keys(NetworkSettings!.Networks as object),
    state: [State!.Status, State!.ExitCode, State!.Error],
  };
}

const each = async (d: Driver, bodies: Record<string, object>): Promise<object> => {
  const out: Record<string, unknown> = {};
  for (const [what, asked] of Object.entries(bodies)) out[what] = await tryOut(d, asked);
  return out;
};

const LOOK =
  'hostname; cat /etc/hostname; ls /sys/class/net; mount | grep " /dev/shm "; ls /dev/mqueue; ps | grep -c "slee[p]"';

export const namespaceScenarios: Scenario[] = [
  {
    name: 'namespaces: those of another container',
    async play(d) {
      await launch(d, 'nsd', { ...SLEEP, HostConfig: { ...NO_NET, IpcMode: 'shareable', ShmSize: 1 << 20 } });
      await launch(d, 'nsp');
      await create(d, 'nss');
      const out = await each(d, {
        network: body({ NetworkMode: 'container:nsd' }),
        networkOfStopped: body({ NetworkMode: 'container:nss' }),
        networkOfNobody: body({ NetworkMode: 'container:nosuch' }),
        ownNetwork: body({ NetworkMode: 'container:nsx' }),
        pid: body({ PidMode: 'container:nsd' }),
        pidOfStopped: body({ PidMode: 'container:nss' }),
        pidOfNobody: body({ PidMode: 'container:nosuch' }),
        ipc: body({ IpcMode: 'container:nsd' }),
        ipcOfPrivate: body({ IpcMode: 'container:nsp' }),
        ipcOfStopped: body({ IpcMode: 'container:nss' }),
        ipcOfNobody: body({ IpcMode: 'container:nosuch' }),
        name: body({ NetworkMode: 'container:nsd' }, { Hostname: 'h' }),
        ports: body({ NetworkMode: 'container:nsd' }, { ExposedPorts: { '80/tcp': {} } }),
        links: body({ NetworkMode: 'container:nsd', Links: ['nsp'] }),
      });
      const all = ['--network', 'container:nsd', '--pid', 'container:nsd', '--ipc', 'container:nsd'];
      const looked = await d.cli('run', '--rm', ...all, 'busybox', 'sh', '-c', LOOK);
      await remove(d, 'nsd', 'nsp', 'nss');
      return { out, looked };
    },
  },
  {
    name: "namespaces: the host's, and none",
    async play(d) {
      const look = (...options: string[]) =>
        d.cli('run', '--rm', '--network', 'none', ...options, 'busybox', 'sh', '-c', LOOK);
      return {
        out: await each(d, {
          pid: body({ PidMode: 'host' }),
          ipc: body({ IpcMode: 'host' }),
          ipcNone: body({ IpcMode: 'none' }),
          shareable: body({ IpcMode: 'shareable' }),
          uts: body({ UTSMode: 'host' }),
          userns: body({ UsernsMode: 'host' }),
          ports: body({ NetworkMode: 'host', PortBindings: { '80/tcp': [{ HostPort: '80' }] } }),
        }),
        none: await look('--ipc', 'none'),
        shareable: await look('--ipc', 'shareable', '--shm-size', '1m'),
        uts: await look('--uts', 'host'),
        cgroupns: await d.cli('run', '--rm', '--cgroupns', 'private', 'busybox', 'cat', '/proc/self/cgroup'),
      };
    },
  },
  {
    name: 'confinement and devices',
    play: (d) =>
      each(d, {
        appArmor: body({ SecurityOpt: ['apparmor=nosuch'] }),
        label: body({ SecurityOpt: ['label=type:svirt_t', 'label=bogus'] }),
        size: body({ StorageOpt: { size: '10G' } }),
        badStorage: body({ StorageOpt: { nosuch: '10G' } }),
        rule: body({ DeviceCgroupRules: ['c 10:229 rwm', 'b 7:* r', 'a *:* rwm'] }),
        badRule: body({ DeviceCgroupRules: ['c 1:3 x'] }),
        gpus: body({ DeviceRequests: [{ Driver: '', Count: -1, Capabilities: [['gpu']] }] }),
        noRequest: body({ DeviceRequests: [{}] }),
        runtime: body({ Runtime: 'io.containerd.runc.v2' }),
        isolation: body({ Isolation: 'Default' }),
        realTime: body({ CpuRealtimePeriod: 1_000_000 }),
        badRealTime: body({ CpuRealtimePeriod: 1000, CpuRealtimeRuntime: 2000 }),
        noDevice: body({ Devices: [{ PathOnHost: '/dev/nosuch', PathInContainer: '/dev/x' }] }),
      }),
  },
];
