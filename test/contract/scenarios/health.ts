// Health checks: what inspect and the events say in each state, and what create refuses.
import { waitUntil } from '#test/harness/stack.ts';
import type { Driver } from '../driver.ts';
import { create, filters, inspected, launch, remove, type Scenario, SLEEP, stateOf } from './scenario.ts';

interface State {
  Health?: { Status: string; Log: unknown[] };
}

const SECOND = 1e9;
const checked = (health: object) => ({ ...SLEEP, Healthcheck: { Interval: SECOND, ...health } });

/** The first of the log. */
async function first(d: Driver, name: string): Promise<unknown> {
  return waitUntil(`${name} was probed`, async () => {
    const { Health } = (await stateOf(d, name)) as State;
    return Health?.Log[0] ?? null;
  });
}

async function refused(d: Driver, health: object): Promise<unknown> {
  return d.api('POST', '/containers/create', { ...SLEEP, Healthcheck: health });
}

export const healthScenarios: Scenario[] = [
  {
    name: 'health: created, healthy, stopped, and its events',
    async play(d) {
      const since = Date.now() / 1000;
      await create(d, 'hc1', checked({ Test: ['CMD-SHELL', 'echo fine'], Interval: 2 * SECOND }));
      const created = await stateOf(d, 'hc1');
      const config = (await inspected<{ Healthcheck: unknown }>(d, 'hc1', 'Config')).Healthcheck;
      await d.api('POST', '/containers/hc1/start');
      const started = await stateOf(d, 'hc1');
      const list = async (value: string) => {
        const { body } = await d.api(
          'GET',
          `/containers/json?${filters({ health: [value], name: ['hc1'] })}`,
        );
        return (body as { Status: string }[]).map(({ Status }) => Status.replace(/Up .* \(/, 'Up ('));
      };
      const starting = await list('starting');
      const probed = await first(d, 'hc1');
      const healthy = await list('healthy');
      await d.api('POST', '/containers/hc1/pause');
      const paused = await stateOf(d, 'hc1');
      await d.api('POST', '/containers/hc1/unpause');
      await d.api('POST', '/containers/hc1/kill');
      const killed = ((await stateOf(d, 'hc1')) as State).Health?.Status;
      const query = `since=${since}&until=${Date.now() / 1000 + 0.05}&${filters({ container: ['hc1'], type: ['container'] })}`;
      const events = await d.api('GET', `/events?${query}`);
      await remove(d, 'hc1');
      return { created, config, started, starting, probed, healthy, paused, killed, events };
    },
  },
  {
    name: 'health: probes that fail, take too long, cannot be run',
    async play(d) {
      await launch(d, 'hc2', checked({ Test: ['CMD', 'sh', '-c', 'echo err >&2; exit 3'] }));
      await launch(
        d,
        'hc3',
        checked({ Test: ['CMD-SHELL', 'echo slow; exec sleep 60'], Timeout: SECOND / 2, Retries: 1 }),
      );
      await launch(d, 'hc4', checked({ Test: ['CMD', '/nosuch'], StartPeriod: 60 * SECOND, Retries: 1 }));
      await launch(d, 'hc5', checked({ Test: ['NONE'] }));
      const found = {
        failed: await first(d, 'hc2'),
        slow: await first(d, 'hc3'),
        absent: await first(d, 'hc4'),
        none: await stateOf(d, 'hc5'),
      };
      await remove(d, 'hc2', 'hc3', 'hc4', 'hc5');
      return found;
    },
  },
  {
    name: 'health: refusals',
    async play(d) {
      return {
        interval: await refused(d, { Test: ['CMD', 'a'], Interval: 10 }),
        timeout: await refused(d, { Timeout: -1 }),
        startPeriod: await refused(d, { StartPeriod: 5 }),
        retries: await refused(d, { Retries: -1, StartPeriod: 5 }),
        list: await d.api('GET', `/containers/json?${filters({ health: ['nosuch'] })}`),
      };
    },
  },
];
