// ContainerWait with each condition.
import { create, launch, remove, type Scenario, SLEEP, TALK } from './scenario.ts';

export const waitScenarios: Scenario[] = [
  {
    name: 'ContainerWait on one that ended and on a created one',
    async play(d) {
      await create(d, 'w1', TALK);
      const created = await d.api('POST', '/containers/w1/wait');
      await d.api('POST', '/containers/w1/start');
      const out = {
        created,
        wait: await d.api('POST', '/containers/w1/wait'),
        again: await d.api('POST', '/containers/w1/wait?condition=not-running'),
        empty: await d.api('POST', '/containers/w1/wait?condition='),
        bad: await d.api('POST', '/containers/w1/wait?condition=whenever'),
      };
      await remove(d, 'w1');
      return out;
    },
  },
  {
    name: 'ContainerWait: next-exit, from created over two runs',
    async play(d) {
      await create(d, 'w2', TALK);
      const run = async () => {
        const wait = d.stream('POST', '/containers/w2/wait?condition=next-exit', {
          onHead: () => d.api('POST', '/containers/w2/start'),
        });
        return wait;
      };
      const out = { first: await run(), second: await run() };
      await remove(d, 'w2');
      return out;
    },
  },
  {
    name: 'ContainerWait: removed',
    async play(d) {
      await launch(d, 'w3');
      const removed = await d.stream('POST', '/containers/w3/wait?condition=removed', {
        onHead: () => remove(d, 'w3'),
      });
      await create(d, 'w4', { ...TALK, HostConfig: { ...TALK.HostConfig, AutoRemove: true } });
      const auto = await d.stream('POST', '/containers/w4/wait?condition=removed', {
        onHead: () => d.api('POST', '/containers/w4/start'),
      });
      const gone = await d.api('GET', '/containers/w4/json');
      await create(d, 'w5');
      const never = await d.stream('POST', '/containers/w5/wait?condition=removed', {
        onHead: () => remove(d, 'w5'),
      });
      return { removed, auto, gone, never };
    },
  },
  {
    name: 'ContainerWait while it is killed, and one that cannot start',
    async play(d) {
      await launch(d, 'w6');
      const killed = await d.stream('POST', '/containers/w6/wait', {
        onHead: () => d.api('POST', '/containers/w6/kill'),
      });
      const cli = await d.cli('wait', 'w6');
      await remove(d, 'w6');
      await create(d, 'w7', { ...SLEEP, Cmd: ['nosuch'] });
      await d.api('POST', '/containers/w7/start');
      const failed = await d.api('POST', '/containers/w7/wait');
      await remove(d, 'w7');
      return { killed, cli, failed };
    },
  },
];
