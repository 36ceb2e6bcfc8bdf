// ContainerLogs: streams, tail, times, follow, and the bytes of their frames.
import type { Driver } from '../driver.ts';
import { create, launch, NO_NET, remove, type Scenario, SLEEP, TALK } from './scenario.ts';

const LINES = {
  Image: 'busybox',
  Cmd: ['sh', '-c', 'for i in 1 2 3 4 5; do echo line $i; done; printf unfinished'],
  HostConfig: NO_NET,
};

async function ended(d: Driver, name: string, body: object): Promise<void> {
  await launch(d, name, body);
  await d.until(name, 'exited');
}

export const logScenarios: Scenario[] = [
  {
    name: 'ContainerLogs: streams and tail, to the byte',
    async play(d) {
      await ended(d, 'g1', TALK);
      await ended(d, 'g2', LINES);
      const logs = (name: string, query: string) => d.api('GET', `/containers/${name}/logs?${query}`);
      const out = {
        stdout: await logs('g1', 'stdout=1'),
        stderr: await logs('g1', 'stderr=1'),
        all: await logs('g2', 'stdout=1&stderr=1'),
        tail: await logs('g2', 'stdout=1&tail=2'),
        tail0: await logs('g2', 'stdout=1&tail=0'),
        tailAll: await logs('g2', 'stdout=1&tail=all'),
        tailMore: await logs('g2', 'stdout=1&tail=99'),
        tailText: await logs('g2', 'stdout=1&tail=x'),
        tailNegative: await logs('g2', 'stdout=1&tail=-1'),
        stamps: await logs('g2', 'stdout=1&timestamps=1'),
        follow: await logs('g2', 'stdout=1&follow=1'),
        noStream: await logs('g2', ''),
        cli: await d.cli('logs', 'g1'),
        cliTail: await d.cli('logs', '-n', '1', 'g2'),
      };
      await remove(d, 'g1', 'g2');
      return out;
    },
  },
  {
    name: 'ContainerLogs: since and until',
    async play(d) {
      await ended(d, 'g3', LINES);
      const future = Math.floor(Date.now() / 1000) + 1000;
      const past = future - 5000;
      const logs = (query: string) => d.api('GET', `/containers/g3/logs?stdout=1&${query}`);
      const out = {
        sincePast: await logs(`since=${past}`),
        sinceFuture: await logs(`since=${future}`),
        untilPast: await logs(`until=${past}`),
        untilFuture: await logs(`until=${future}.5`),
        both: await logs(`since=${past}&until=${future}`),
        zero: await logs('since=0&until=0'),
        badSince: await logs('since=x'),
        badUntil: await logs('until=x'),
      };
      await remove(d, 'g3');
      return out;
    },
  },
  {
    name: 'ContainerLogs: with a tty, none yet, no log driver',
    async play(d) {
      await ended(d, 'g4', { ...TALK, Tty: true });
      await create(d, 'g5');
      await ended(d, 'g6', { ...TALK, HostConfig: { ...NO_NET, LogConfig: { Type: 'none' } } });
      await ended(d, 'g7', { ...TALK, HostConfig: { ...NO_NET, LogConfig: { Type: 'local' } } });
      const logs = (name: string) => d.api('GET', `/containers/${name}/logs?stdout=1&stderr=1`);
      const out = {
        tty: await logs('g4'),
        created: await logs('g5'),
        none: await logs('g6'),
        cliNone: await d.cli('logs', 'g6'),
        local: await d.cli('logs', 'g7'),
      };
      await remove(d, 'g4', 'g5', 'g6', 'g7');
      return out;
    },
  },
  {
    name: 'ContainerLogs: follow ends with the container',
    async play(d) {
      await launch(d, 'g8', { ...SLEEP, Cmd: ['sh', '-c', 'echo first; sleep 0.5; echo last'] });
      const followed = await d.api('GET', '/containers/g8/logs?stdout=1&follow=1');
      await d.until('g8', 'exited');
      const again = await d.api('POST', '/containers/g8/start');
      const both = await d.api('GET', '/containers/g8/logs?stdout=1&follow=1');
      await remove(d, 'g8');
      return { followed, again, both };
    },
  },
];
