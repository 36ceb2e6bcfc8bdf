// ContainerDelete and ContainerPrune.
import { create, filters, launch, remove, type Scenario, SLEEP, TALK } from './scenario.ts';

export const removeScenarios: Scenario[] = [
  {
    name: 'ContainerDelete',
    async play(d) {
      await launch(d, 'd1');
      const out = {
        running: await d.api('DELETE', '/containers/d1'),
        cli: await d.cli('rm', 'd1'),
        forced: await d.api('DELETE', '/containers/d1?force=1&v=1'),
        again: await d.api('DELETE', '/containers/d1'),
        forcedAgain: await d.api('DELETE', '/containers/d1?force=1'),
        cliAgain: await d.cli('rm', '-f', 'd1'),
      };
      await create(d, 'd2');
      const link = await d.api('DELETE', '/containers/d2?link=1');
      const created = await d.api('DELETE', '/containers/d2?v=1');
      await create(d, 'd3', { ...SLEEP, Volumes: { '/data': {} } });
      const volumes = await d.api('DELETE', '/containers/d3?v=true');
      return { ...out, link, created, volumes };
    },
  },
  {
    name: 'ContainerDelete by the beginning of an id',
    async play(d) {
      const id = await create(d, 'd4');
      const out = {
        short: await d.api('DELETE', `/containers/${id.slice(0, 12)}`),
        gone: await d.api('GET', '/containers/d4/json'),
      };
      return out;
    },
  },
  {
    name: 'ContainerPrune',
    async play(d) {
      await launch(d, 'p2');
      await create(d, 'p3', { ...TALK, Labels: { keep: 'yes' } });
      await create(d, 'p4', { ...TALK, Labels: { drop: 'yes' } });
      const prune = (query = '') => d.api('POST', `/containers/prune${query}`);
      const out = {
        badFilter: await prune(`?${filters({ nosuch: ['x'] })}`),
        badUntil: await prune(`?${filters({ until: ['x'] })}`),
        notYet: await prune(`?${filters({ until: ['24h'] })}`),
        label: await prune(`?${filters({ label: ['drop'] })}`),
        notLabel: await prune(`?${filters({ 'label!': ['keep=yes'] })}`),
        rest: await prune(),
        nothing: await prune(),
        cli: await d.cli('container', 'prune', '-f'),
      };
      await remove(d, 'p2');
      return out;
    },
  },
];
