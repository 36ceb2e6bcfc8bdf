// ContainerList: shape, filters, order.
import { create, filters, launch, remove, type Scenario, SLEEP, TALK } from './scenario.ts';

export const listScenarios: Scenario[] = [
  {
    name: 'ContainerList: created ones, and filters that are wrong',
    async play(d) {
      await create(d, 'l1', { ...SLEEP, Labels: { a: 'b' } });
      await create(d, 'l2');
      const list = (value: object) => d.api('GET', `/containers/json?all=1&${filters(value)}`);
      const out = {
        all: await d.api('GET', '/containers/json?all=1'),
        label: await list({ label: ['a=b'] }),
        oldForm: await list({ label: { 'a=b': true } }),
        name: await list({ name: ['l2'] }),
        unknown: await list({ nosuch: ['x'] }),
        badStatus: await list({ status: ['nosuch'] }),
        badExited: await list({ exited: ['x'] }),
        badHealth: await list({ health: ['nosuch'] }),
        badTask: await list({ 'is-task': ['x'] }),
        badBefore: await list({ before: ['nosuch'] }),
        badPublish: await list({ publish: ['x'] }),
        notJson: await d.api('GET', '/containers/json?filters=xx'),
        notObject: await d.api('GET', `/containers/json?filters=${encodeURIComponent('[1]')}`),
        badLimit: await d.api('GET', '/containers/json?limit=x'),
        limit: await d.api('GET', '/containers/json?limit=1'),
        size: await d.api('GET', '/containers/json?all=1&size=1'),
      };
      await remove(d, 'l1', 'l2');
      return out;
    },
  },
  {
    name: 'ContainerList: every filter',
    async play(d) {
      const id = await launch(d, 'l3', { ...SLEEP, Labels: { a: 'b', c: 'd' } });
      await create(d, 'l4', { ...TALK, Labels: { a: 'x' } });
      await d.api('POST', '/containers/l4/start');
      await d.until('l4', 'exited');
      await create(d, 'l5', { ...SLEEP, HostConfig: { ...SLEEP.HostConfig, Binds: ['/srv:/mnt'] } });
      const names = async (value: object, query = 'all=1') => {
        const { body } = await d.api('GET', `/containers/json?${query}&${filters(value)}`);
        return Array.isArray(body) ? body.map((row: { Names: string[] }) => row.Names[0]) : body;
      };
      const out = {
        running: await names({}, 'all=0'),
        all: await names({}),
        limit: await names({}, 'limit=2'),
        id: await names({ id: [id] }),
        idPrefix: await names({ id: [id.slice(0, 5)] }),
        name: await names({ name: ['l'] }),
        slashName: await names({ name: ['^/l3$'] }),
        names: await names({ name: ['l3', 'l4'] }),
        label: await names({ label: ['a'] }),
        labels: await names({ label: ['a', 'c=d'] }),
        noLabel: await names({ label: ['a=nosuch'] }),
        exited: await names({ exited: ['3'] }),
        exitedMore: await names({ exited: ['0', '3'] }),
        created: await names({ status: ['created'] }, 'all=0'),
        statuses: await names({ status: ['created', 'exited'] }, 'all=0'),
        before: await names({ before: ['l4'] }),
        since: await names({ since: ['l4'] }),
        ancestor: await names({ ancestor: ['busybox'] }),
        ancestorMissing: await names({ ancestor: ['nosuch'] }),
        volume: await names({ volume: ['/mnt'] }),
        network: await names({ network: ['none'] }),
        networkMissing: await names({ network: ['nosuch'] }),
        health: await names({ health: ['none'] }),
        task: await names({ 'is-task': ['false'] }),
        two: await names({ status: ['exited'], label: ['a'] }),
      };
      const rows = await d.api('GET', '/containers/json?all=1');
      const cli = await d.cli(
        'ps',
        '-a',
        '--format',
        '{{.Names}} {{.Image}} {{.Command}} {{.State}} {{.Ports}}',
      );
      await remove(d, 'l3', 'l4', 'l5');
      return { ...out, rows, cli };
    },
  },
];
