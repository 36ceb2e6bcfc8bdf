// ContainerPause and ContainerUnpause, and what everything else does to a paused container.
import { setTimeout as delay } from 'node:timers/promises';
import type { Driver } from '../driver.ts';
import {
  create,
  filters,
  launch,
  OBEDIENT,
  ready,
  remove,
  type Scenario,
  SLEEP,
  stateOf,
} from './scenario.ts';

/** dockerd takes note of a resumed container only when containerd's event reaches it. */
async function settled(d: Driver, name: string): Promise<unknown> {
  for (let tries = 0; tries < 40; tries++) {
    const state = (await stateOf(d, name)) as { Paused?: boolean } | null;
    if (!state?.Paused) return state;
    await delay(50);
  }
  return stateOf(d, name);
}

export const pauseScenarios: Scenario[] = [
  {
    name: 'ContainerPause and ContainerUnpause',
    async play(d) {
      await create(d, 'pa1');
      const pause = () => d.api('POST', '/containers/pa1/pause');
      const unpause = () => d.api('POST', '/containers/pa1/unpause');
      const names = async (status: string) => {
        const { body } = await d.api(
          'GET',
          `/containers/json?all=1&${filters({ status: [status], name: ['pa1'] })}`,
        );
        return (body as { State: string; Status: string }[]).map(({ State, Status }) => [State, Status]);
      };
      const out = {
        created: [await pause(), await unpause()],
        start: await d.api('POST', '/containers/pa1/start'),
        notPaused: await unpause(),
        pause: await pause(),
        again: await pause(),
        state: await stateOf(d, 'pa1'),
        paused: (await names('paused')).map(([state]) => state),
        running: await names('running'),
        exec: await d.api('POST', '/containers/pa1/exec', { Cmd: ['true'] }),
        startPaused: await d.api('POST', '/containers/pa1/start'),
        update: await d.api('POST', '/containers/pa1/update', { CpuShares: 500 }),
        rename: await d.api('POST', '/containers/pa1/rename?name=pa1'),
        cliAttach: await d.cli('attach', 'pa1'),
        cliExec: await d.cli('exec', 'pa1', 'true'),
        unpause: await unpause(),
        after: await stateOf(d, 'pa1'),
        cli: [await d.cli('pause', 'pa1'), await d.cli('unpause', 'pa1')],
      };
      await d.api('POST', '/containers/pa1/kill');
      const stopped = [await pause(), await unpause()];
      await remove(d, 'pa1');
      return { ...out, stopped, missing: [await pause(), await unpause()] };
    },
  },
  {
    name: 'a paused container: stop, kill, restart, remove',
    async play(d) {
      const play = async (body: object, move: (name: string) => Promise<unknown>) => {
        await launch(d, 'pa2', body);
        if (body === OBEDIENT) await ready(d, 'pa2');
        await d.api('POST', '/containers/pa2/pause');
        const answer = await move('pa2');
        const state = await settled(d, 'pa2');
        await remove(d, 'pa2');
        return { answer, state };
      };
      const post = (verb: string) => (name: string) => d.api('POST', `/containers/${name}/${verb}`);
      return {
        stop: await play(OBEDIENT, post('stop')),
        kill: await play(OBEDIENT, post('kill')),
        winch: await play(OBEDIENT, post('kill?signal=WINCH')),
        otherSignal: await play({ ...SLEEP, StopSignal: 'SIGUSR1' }, post('kill?signal=WINCH')),
        restart: await play(OBEDIENT, post('restart?t=5')),
        remove: await play(SLEEP, (name) => d.api('DELETE', `/containers/${name}`)),
        force: await play(SLEEP, (name) => d.api('DELETE', `/containers/${name}?force=1`)),
      };
    },
  },
];
