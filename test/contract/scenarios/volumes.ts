// Volumes: the operations on them, what containers mount, copy-up, events, texts.
import type { Answer, Driver } from '../driver.ts';
import { byType, told } from './events.ts';
import { create, filters, inspected, NO_NET, remove, type Scenario, SLEEP } from './scenario.ts';

const make = (d: Driver, body: object): Promise<Answer> => d.api('POST', '/volumes/create', body);
const drop = async (d: Driver, ...names: string[]): Promise<void> => {
  for (const name of names) await d.api('DELETE', `/volumes/${name}?force=1`);
};
const nameOf = ({ body }: Answer): string => (body as { Name: string }).Name;
/** The volumes of a list, by name: dockerd's order is chance. */
const listed = async (d: Driver, query: string): Promise<unknown> => {
  const answer = await d.api('GET', `/volumes?${query}`);
  const { Volumes, ...rest } = answer.body as { Volumes?: { Name: string }[] | null };
  if (!Volumes) return answer;
  return { status: answer.status, ...rest, names: Volumes.map(({ Name }) => Name).sort() };
};
const sleeper = (HostConfig: object, more: object = {}): object => ({
  ...SLEEP,
  ...more,
  HostConfig: { ...NO_NET, ...HostConfig },
});
const byDestination = (mounts: { Destination: string }[]) =>
  mounts.toSorted((a, b) => (a.Destination < b.Destination ? -1 : 1));

const REFUSED: Record<string, object> = {
  blank: { Name: 'a b' },
  slash: { Name: 'a/b' },
  short: { Name: 'x' },
  dot: { Name: '.x' },
  driver: { Name: 'vr', Driver: 'nosuch' },
  option: { Name: 'vr', DriverOpts: { nosuch: '1' } },
  noDevice: { Name: 'vr', DriverOpts: { type: 'tmpfs' } },
  noType: { Name: 'vr', DriverOpts: { device: '/x' } },
  onlyO: { Name: 'vr', DriverOpts: { o: 'bind', type: 'none' } },
  quota: { Name: 'vr', DriverOpts: { size: '1G' } },
  wrongType: { Name: 1 },
};

/** Refusals of a create of containers. */
const MOUNTS: Record<string, object> = {
  name: { Binds: ['a b:/d'] },
  path: { Binds: ['a/b:/d'] },
  mode: { Binds: ['vr:/d:nosuch'] },
  twoModes: { Binds: ['vr:/d:ro,rw'] },
  propagation: { Binds: ['vr:/d:rshared'] },
  root: { Binds: ['vr:/'] },
  relative: { Binds: ['vr:d'] },
  copyOfBind: { Binds: ['/srv:/d:nocopy'] },
  tooMany: { Binds: ['a:b:c:d'] },
  empty: { Binds: [''] },
  twice: { Binds: ['vr:/d'], Mounts: [{ Type: 'volume', Source: 'vr', Target: '/d' }] },
  readonlyAnonymous: { Mounts: [{ Type: 'volume', Target: '/d', ReadOnly: true }] },
  bindOptions: { Mounts: [{ Type: 'volume', Source: 'vr', Target: '/d', BindOptions: {} }] },
  volumeOptions: { Mounts: [{ Type: 'bind', Source: '/srv', Target: '/d', VolumeOptions: {} }] },
  volumeName: { Mounts: [{ Type: 'volume', Source: 'a/b', Target: '/d' }] },
  tmpfsSource: { Mounts: [{ Type: 'tmpfs', Source: '/x', Target: '/d' }] },
  noSuchBind: { Mounts: [{ Type: 'bind', Source: '/nosuch/x', Target: '/d' }] },
  relativeBind: { Mounts: [{ Type: 'bind', Source: 'x', Target: '/d' }] },
  badPropagation: {
    Mounts: [{ Type: 'bind', Source: '/srv', Target: '/d', BindOptions: { Propagation: 'x' } }],
  },
  from: { VolumesFrom: ['nosuch'] },
  fromEmpty: { VolumesFrom: [''] },
  fromMode: { VolumesFrom: ['nosuch:x'] },
  fromCopy: { VolumesFrom: ['nosuch:nocopy'] },
  driver: { Binds: ['vr:/d'], VolumeDriver: 'nosuch' },
  overFile: { Binds: ['vr:/etc/passwd'] },
};

export const volumeScenarios: Scenario[] = [
  {
    name: 'VolumeCreate, VolumeInspect, VolumeDelete',
    async play(d) {
      const out: Record<string, unknown> = {
        plain: await make(d, { Name: 'vc1' }),
        again: await make(d, { Name: 'vc1', Labels: { late: 'x' }, DriverOpts: {} }),
        labels: await make(d, { Name: 'vc2', Driver: 'local', Labels: { a: 'b' } }),
        options: await make(d, { Name: 'vc3', DriverOpts: { type: 'tmpfs', device: 'tmpfs', o: 'size=1m' } }),
        inspect: await d.api('GET', '/volumes/vc2'),
        missing: await d.api('GET', '/volumes/nosuch'),
        cliMissing: await d.cli('volume', 'inspect', 'nosuch'),
        deleted: await d.api('DELETE', '/volumes/vc1'),
        gone: await d.api('DELETE', '/volumes/vc1'),
        forced: await d.api('DELETE', '/volumes/vc1?force=1'),
        cli: await d.cli('volume', 'rm', 'vc1', 'vc2'),
      };
      for (const [what, body] of Object.entries(REFUSED)) out[what] = await make(d, body);
      const anonymous = await make(d, {});
      await drop(d, 'vc3', nameOf(anonymous));
      const empty = await d.text('POST', '/volumes/create', '');
      await drop(d, nameOf(empty));
      return { ...out, anonymous, empty };
    },
  },
  {
    name: 'VolumeList and VolumePrune',
    async play(d) {
      await make(d, { Name: 'vl1', Labels: { a: 'x' } });
      await make(d, { Name: 'vl2', Labels: { a: 'y', b: '' } });
      await create(d, 'vlu', sleeper({ Binds: ['vl3:/d'] }));
      const id = await inspected<string>(d, 'vlu', 'Id');
      const list = (value: object) => listed(d, filters(value));
      const prune = (value: object) => d.api('POST', `/volumes/prune?${filters(value)}`);
      const out = {
        name: await list({ name: ['vl'] }),
        oneName: await list({ name: ['vl1'] }),
        label: await list({ label: ['a'] }),
        labelValue: await list({ label: ['a=y'] }),
        notLabel: await list({ 'label!': ['a=y'] }),
        driver: await list({ driver: ['nosuch'] }),
        free: await list({ dangling: ['true'], name: ['vl'] }),
        used: await list({ dangling: ['0'], name: ['vl'] }),
        badDangling: await list({ dangling: ['x'] }),
        badFilter: await list({ nosuch: ['x'] }),
        inUse: await d.api('DELETE', '/volumes/vl3'),
        inUseForced: await d.api('DELETE', '/volumes/vl3?force=1'),
        isUser: ((await d.api('DELETE', '/volumes/vl3')).body as { message: string }).message.includes(id),
        pruneBad: await prune({ nosuch: ['x'] }),
        pruneLabel: await prune({ label: ['a=x'] }),
        pruneNot: await prune({ 'label!': ['a'] }),
        pruneRest: await prune({ label: ['b'] }),
      };
      await remove(d, 'vlu');
      await drop(d, 'vl1', 'vl2', 'vl3');
      return out;
    },
  },
  {
    name: 'volumes: what containers mount',
    async play(d) {
      await create(
        d,
        'vm1',
        sleeper(
          {
            Binds: ['vma:/a', 'vmb:/b:ro', '/srv:/c:rslave', 'vmn:/n:nocopy', '/anon'],
            Mounts: [
              {
                Type: 'volume',
                Source: 'vmc',
                Target: '/e',
                ReadOnly: true,
                VolumeOptions: { NoCopy: true },
              },
              { Type: 'volume', Target: '/f', VolumeOptions: { Labels: { l: 'm' } } },
            ],
          },
          { Volumes: { '/h': {}, '/a': {}, '/etc': {} } },
        ),
      );
      await create(d, 'vm2', sleeper({ VolumesFrom: ['vm1:ro'], Binds: ['vmd:/a'] }));
      const mounts = async (name: string) =>
        byDestination(await inspected<{ Destination: string }[]>(d, name, 'Mounts'));
      const labelled = (await mounts('vm1')) as unknown as { Destination: string; Name: string }[];
      const f = labelled.find(({ Destination }) => Destination === '/f')?.Name ?? '';
      const out = {
        one: await mounts('vm1'),
        host: await inspected<object>(d, 'vm1', 'HostConfig'),
        volumes: await inspected<{ Volumes: object }>(d, 'vm1', 'Config').then(({ Volumes }) => Volumes),
        two: await mounts('vm2'),
        labels: await d.api('GET', `/volumes/${f}`),
        ps: await d.cli('ps', '-a', '--filter', 'volume=vma', '--format', '{{.Names}}'),
        psPath: await d.cli('ps', '-a', '--filter', 'volume=/e', '--format', '{{.Names}}'),
        shared: await d.api('DELETE', `/containers/vm1?v=1`),
        stays: (await d.api('GET', `/volumes/${f}`)).status,
      };
      await remove(d, 'vm2');
      const after = { ...out, named: await listed(d, filters({ name: ['vm'] })), left: await listed(d, '') };
      await drop(d, 'vma', 'vmb', 'vmc', 'vmd', 'vmn');
      return after;
    },
  },
  {
    name: 'volumes: refusals at create',
    async play(d) {
      const out: Record<string, unknown> = {};
      for (const [what, host] of Object.entries(MOUNTS)) {
        const answer = await d.api('POST', `/containers/create?name=vr-${what}`, sleeper(host));
        const { Id } = answer.body as { Id?: string };
        out[what] = answer;
        if (Id !== undefined) await remove(d, Id);
      }
      await make(d, { Name: 'vrm', DriverOpts: { type: 'none', o: 'bind', device: '/nosuch' } });
      out.unmountable = await d.api('POST', '/containers/create?name=vrm', sleeper({ Binds: ['vrm:/d'] }));
      await remove(d, 'vrm');
      await drop(d, 'vr', 'vrm');
      return out;
    },
  },
  {
    name: 'volumes: copy-up',
    async play(d) {
      const ls = 'cd /v && find . | sort | while read -r f; do stat -c "%n %a %u:%g %F %Y" "$f"; done';
      const run = (...args: string[]) => d.cli('run', '--rm', '--network', 'none', ...args);
      const out = {
        etc: await run('-v', 'vu1:/etc', 'busybox', 'cat', '/etc/passwd'),
        listed: await run('-v', 'vu1:/v', 'busybox', 'sh', '-c', ls.replace(' %Y', '')),
        tmp: await run('-v', 'vu2:/tmp', 'busybox', 'stat', '-c', '%a %u:%g', '/tmp'),
        none: await run('-v', 'vu3:/nosuch/dir', 'busybox', 'stat', '-c', '%a %u:%g', '/nosuch/dir'),
        nocopy: await run('-v', 'vu4:/etc:nocopy', 'busybox', 'cat', '/etc/passwd'),
        readonly: await run('-v', 'vu5:/etc:ro', 'busybox', 'sh', '-c', 'cat /etc/passwd; touch /etc/x'),
        anonymous: await run('-v', '/etc', 'busybox', 'cat', '/etc/passwd'),
        link: await run('-v', 'vu6:/bin', 'busybox', 'sh', '-c', 'ls /bin | wc -l'),
      };
      await drop(d, 'vu1', 'vu2', 'vu3', 'vu4', 'vu5', 'vu6');
      return out;
    },
  },
  {
    name: 'events: volumes',
    async play(d) {
      const type = { type: ['volume'] };
      const alone = await told(
        d,
        async () => {
          await make(d, { Name: 've1' });
          await d.api('DELETE', '/volumes/ve1');
        },
        type,
      );
      await make(d, { Name: 've3' });
      const again = await told(d, () => make(d, { Name: 've3' }), type);
      const withContainer = await told(
        d,
        async () => {
          await create(d, 've', sleeper({ Binds: ['ve2:/d:ro'] }));
          await d.api('POST', '/containers/ve/start');
          await d.api('POST', '/containers/ve/kill');
          await d.api('POST', '/containers/ve/wait');
          await remove(d, 've');
        },
        { type: ['volume', 'container'] },
      );
      const anonymous = await told(d, async () => {
        await create(d, 've', sleeper({}, { Volumes: { '/a': {} } }));
        await remove(d, 've');
      });
      await drop(d, 've2', 've3');
      return { alone, again, withContainer: byType(withContainer), anonymous };
    },
  },
];
