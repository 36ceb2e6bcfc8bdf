// Events: order, names and attributes of every verb.
import { setTimeout as delay } from 'node:timers/promises';
import type { Driver } from '../driver.ts';
import {
  create,
  filters,
  launch,
  NO_NET,
  OBEDIENT,
  ready,
  remove,
  type Scenario,
  SLEEP,
} from './scenario.ts';

interface Event {
  Type: string;
  Action: string;
  Actor: { ID: string; Attributes: Record<string, string> };
}

/** What happened while `play` ran, whole. */
export async function told(d: Driver, play: () => Promise<unknown>, filter: object = {}): Promise<Event[]> {
  // The clock has milliseconds: what was done just before must not be in this one.
  await delay(2);
  const since = Date.now() / 1000;
  await play();
  const query = `since=${since}&until=${Date.now() / 1000 + 0.05}&${filters(filter)}`;
  const { body } = await d.api('GET', `/events?${query}`);
  if (body === '') return [];
  return (Array.isArray(body) ? body : [body]) as Event[];
}

/** 20.10 tells a disconnect after the die, the newest moby and we before it: the order is compared within each type. */
export function byType(events: Event[]): Record<string, Event[] | undefined> {
  return Object.groupBy(events, ({ Type }) => Type);
}

const ONLY = { type: ['container'] };

export const eventScenarios: Scenario[] = [
  {
    name: 'events: create, start, kill, die, restart, rename, update, destroy',
    async play(d) {
      return told(
        d,
        async () => {
          await create(d, 'v1', { ...OBEDIENT, Labels: { l: 'm' } });
          await d.api('POST', '/containers/v1/start');
          await ready(d, 'v1');
          await d.api('POST', '/containers/v1/kill?signal=WINCH');
          await d.api('POST', '/containers/v1/restart');
          await ready(d, 'v1', 2);
          await d.api('POST', '/containers/v1/rename?name=v2');
          await d.api('POST', '/containers/v2/update', { CpuShares: 512 });
          await d.api('POST', '/containers/v2/stop');
          await d.api('POST', '/containers/v2/start');
          await d.api('POST', '/containers/v2/kill');
          await remove(d, 'v2');
        },
        ONLY,
      );
    },
  },
  {
    name: 'events: the network of a container, and rm -f',
    async play(d) {
      const events = await told(d, async () => {
        await launch(d, 'v3', { Image: 'busybox', Cmd: ['sleep', '1000'] });
        await remove(d, 'v3');
      });
      return byType(events);
    },
  },
  {
    name: 'events: exec, attach, resize, top',
    async play(d) {
      return told(
        d,
        async () => {
          await launch(d, 'v4', { ...SLEEP, Tty: true });
          await d.cli('exec', 'v4', 'sh', '-c', 'exit 3');
          await d.cli('exec', 'v4', 'true');
          await d.cli('exec', 'v4', 'nosuch');
          await d.api('POST', '/containers/v4/resize?h=10&w=20');
          await d.api('GET', '/containers/v4/top');
          await remove(d, 'v4');
        },
        ONLY,
      );
    },
  },
  {
    name: 'events: a restart policy, and a start that fails',
    async play(d) {
      return told(
        d,
        async () => {
          await launch(d, 'v5', {
            Image: 'busybox',
            Cmd: ['sh', '-c', 'exit 4'],
            HostConfig: { ...NO_NET, RestartPolicy: { Name: 'on-failure', MaximumRetryCount: 1 } },
          });
          await d.until('v5', 'exited');
          await remove(d, 'v5');
          await create(d, 'v6', { ...SLEEP, Cmd: ['nosuch'] });
          await d.api('POST', '/containers/v6/start');
          await remove(d, 'v6');
        },
        ONLY,
      );
    },
  },
  {
    name: 'events: docker run --rm, and images',
    async play(d) {
      const events = await told(d, async () => {
        await d.cli('run', '--rm', '--network', 'none', '--name', 'v7', 'busybox', 'sh', '-c', 'exit 3');
        await d.api('POST', '/images/busybox/tag?repo=contract&tag=ev');
        await d.api('DELETE', '/images/contract:ev');
        await d.api('POST', '/images/create?fromImage=busybox&tag=latest');
        await d.api('POST', '/containers/prune');
        await d.api('POST', '/images/prune');
      });
      return byType(events);
    },
  },
  {
    name: 'events: out of memory',
    async play(d) {
      const events = await told(
        d,
        async () => {
          await launch(d, 'v8', {
            Image: 'busybox',
            Cmd: ['sh', '-c', 'exec tail /dev/zero'],
            HostConfig: { ...NO_NET, Memory: 8 << 20, MemorySwap: 8 << 20 },
          });
          await d.until('v8', 'exited');
        },
        ONLY,
      );
      const { body } = await d.api('GET', '/containers/v8/json');
      await remove(d, 'v8');
      return { events, state: (body as { State: unknown }).State };
    },
  },
  {
    name: 'events: filters and bad times',
    async play(d) {
      const play = async () => {
        await launch(d, 'v9', { ...SLEEP, Labels: { l: 'm' } });
        await create(d, 'v10');
        await remove(d, 'v9', 'v10');
      };
      const actions = async (filter: object) =>
        (await told(d, play, filter)).map(({ Action, Actor }) => `${Action} ${Actor.Attributes.name}`);
      return {
        container: await actions({ container: ['v9'] }),
        event: await actions({ event: ['create', 'destroy'] }),
        label: await actions({ label: ['l=m'] }),
        image: await actions({ image: ['busybox'] }),
        type: await actions({ type: ['image'] }),
        scope: await actions({ scope: ['swarm'] }),
        unknown: await d.api('GET', `/events?until=1&${filters({ nosuch: ['x'] })}`),
        badSince: await d.api('GET', '/events?since=x'),
        badUntil: await d.api('GET', '/events?until=x'),
        backwards: await d.api('GET', '/events?since=2000&until=1000'),
      };
    },
  },
];
