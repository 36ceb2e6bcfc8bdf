// Published ports: what is refused, how they are told, the conflict at start. Both daemons run at once, each on ports of its own.
import type { Driver } from '../driver.ts';
import { create, filters, inspected, launch, remove, type Scenario } from './scenario.ts';

type Bindings = Record<string, { HostIp?: string; HostPort?: string }[] | null>;

const sleeper = (PortBindings: Bindings, more: object = {}, config: object = {}): object => ({
  Image: 'busybox',
  Cmd: ['sleep', '1000'],
  ExposedPorts: Object.fromEntries(Object.keys(PortBindings).map((name) => [name, {}])),
  HostConfig: { PortBindings, ...more },
  ...config,
});

/** A port of this side's own; `told` takes them, and ephemeral ones, out of an answer again. */
const port = (d: Driver, n: number): string =>
  String((d.socketPath.includes('dockerd') ? 20_100 : 20_200) + n);
const told = (answer: unknown): unknown =>
  JSON.parse(
    JSON.stringify(answer)
      .replace(/\b20[12](\d\d)\b/g, '209$1')
      .replace(/("HostPort":"|"PublicPort":|0\.0\.0\.0:|\[::\]:|:::)(3[2-9]|4\d|5\d|60)\d{3}\b/g, '$165535'),
  );

interface Settings {
  Ports: unknown;
}
const ports = async (d: Driver, name: string) =>
  (await inspected<Settings>(d, name, 'NetworkSettings')).Ports;

export const portScenarios: Scenario[] = [
  {
    name: 'ports: refused at create',
    async play(d) {
      const out: Record<string, unknown> = {};
      const bad: Record<string, object> = {
        word: sleeper({ 'x/tcp': [{ HostPort: '80' }] }),
        large: sleeper({ '70000/tcp': [{ HostPort: '80' }] }),
        hostWord: sleeper({ '80/tcp': [{ HostPort: 'x' }] }),
        hostLarge: sleeper({ '80/tcp': [{ HostPort: '70000' }] }),
        hostBackwards: sleeper({ '80/tcp': [{ HostPort: '90-80' }] }),
        withContainer: sleeper({ '80/tcp': [{ HostPort: '80' }] }, { NetworkMode: 'container:x' }),
        protocol: sleeper({ '80/icmp': [{ HostPort: '80' }] }),
        badIp: sleeper({ '80/tcp': [{ HostIp: 'x', HostPort: '80' }] }),
      };
      for (const [what, body] of Object.entries(bad)) {
        out[what] = await d.api('POST', '/containers/create?name=po1', body);
        await remove(d, 'po1');
      }
      return out;
    },
  },
  {
    name: 'ports: in every state',
    async play(d) {
      const bindings: Bindings = {
        '80/tcp': [{ HostPort: port(d, 1) }],
        '53/udp': [{ HostIp: '127.0.0.1', HostPort: port(d, 2) }],
        '81/tcp': [{ HostPort: '' }],
        '82/tcp': [{ HostIp: '0.0.0.0', HostPort: `${port(d, 3)}-${port(d, 5)}` }],
        '83/tcp': null,
      };
      await create(
        d,
        'po2',
        sleeper(
          bindings,
          {},
          { ExposedPorts: { '53/udp': {}, '99/tcp': {}, '80/tcp': {}, '81/tcp': {}, '82/tcp': {} } },
        ),
      );
      const look = async () => ({
        ports: await ports(d, 'po2'),
        cli: await d.cli('port', 'po2'),
        one: await d.cli('port', 'po2', '53/udp'),
        unpublished: await d.cli('port', 'po2', '99'),
        list: (
          (await d.api('GET', `/containers/json?all=1&${filters({ name: ['^/po2$'] })}`)).body as Settings[]
        )[0]?.Ports,
      });
      const out: Record<string, unknown> = { created: await look() };
      out.host = (await inspected<{ PortBindings: unknown }>(d, 'po2', 'HostConfig')).PortBindings;
      await d.api('POST', '/containers/po2/start');
      out.running = await look();
      const found = async (filter: object) =>
        ((await d.api('GET', `/containers/json?${filters(filter)}`)).body as unknown[]).length;
      out.filters = {
        publish: await found({ publish: [port(d, 1)] }),
        private: await found({ publish: ['80'], name: ['po2'] }),
        range: await found({ publish: [`${port(d, 1)}-${port(d, 9)}`] }),
        udp: await found({ publish: [`${port(d, 2)}/udp`] }),
        tcp: await found({ publish: [`${port(d, 2)}/tcp`] }),
        expose: await found({ expose: ['99'], name: ['po2'] }),
        exposePublished: await found({ expose: ['80'], name: ['po2'] }),
        exposeRange: await found({ expose: ['90-100'], name: ['po2'] }),
        neither: await found({ expose: ['98'], name: ['po2'] }),
        either: await found({ expose: ['98'], publish: [port(d, 1)] }),
      };
      for (const value of ['x', '1:2', '', '2-1', '70000', '1-x'])
        out[`filter ${value}`] = await d.api('GET', `/containers/json?${filters({ publish: [value] })}`);
      await d.api('POST', '/containers/po2/pause');
      out.paused = await look();
      await d.api('POST', '/containers/po2/unpause');
      await d.api('POST', '/containers/po2/kill');
      await d.until('po2', 'exited');
      out.exited = await look();
      await remove(d, 'po2');
      return told(sorted(out));
    },
  },
  {
    name: 'ports: a conflict at start',
    async play(d) {
      await launch(d, 'po3', sleeper({ '80/tcp': [{ HostPort: port(d, 20) }] }));
      await create(d, 'po4', sleeper({ '80/tcp': [{ HostPort: port(d, 20) }] }));
      const out: Record<string, unknown> = {
        start: await d.api('POST', '/containers/po4/start'),
        state: await inspected(d, 'po4', 'State'),
        ports: await ports(d, 'po4'),
        run: await d.cli('run', '--rm', '-p', `${port(d, 20)}:1`, '--name', 'po5', 'busybox', 'true'),
        local: await d.cli('run', '--rm', '-p', `127.0.0.1:${port(d, 20)}:1/udp`, 'busybox', 'true'),
        range: await d.cli('run', '--rm', '-p', `${port(d, 20)}-${port(d, 21)}:1`, 'busybox', 'true'),
      };
      await remove(d, 'po3');
      out.later = await d.api('POST', '/containers/po4/start');
      await remove(d, 'po4');
      out.strangerIp = await d.cli(
        'run',
        '--rm',
        '-p',
        `192.0.2.77:${port(d, 22)}:1`,
        '--name',
        'po6',
        'busybox',
        'true',
      );
      return told(out);
    },
  },
  {
    name: 'ports: --publish-all, none, several',
    async play(d) {
      const out: Record<string, unknown> = {};
      const look = async (name: string, ...flags: string[]) => {
        const run = await d.cli('run', '-d', '--name', name, ...flags, 'busybox', 'sleep', '1000');
        out[name] = { ...run, stdout: run.stdout.length, ports: await ports(d, name) };
        await remove(d, name);
      };
      await look('po7', '-P', '--expose', '80', '--expose', '53/udp', '-p', `${port(d, 30)}:81`);
      await look('po8', '--network', 'none', '-p', `${port(d, 31)}:81`);
      await look('po9', '-p', `${port(d, 32)}-${port(d, 33)}:90-91`, '-p', `${port(d, 34)}:90`);
      return told(sorted(out));
    },
  },
];

/** dockerd's order of ports is that of a Go map. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) {
    const items = value.map(sorted);
    return items.every((item) => typeof item === 'object')
      ? items.sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1))
      : items;
  }
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [
      key,
      key === 'stdout' && typeof item === 'string' ? item.split('\n').sort().join('\n') : sorted(item),
    ]),
  );
}
