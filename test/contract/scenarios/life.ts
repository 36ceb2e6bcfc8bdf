// start, stop, kill, restart, rename, resize, restart policy.
import {
  create,
  inspected,
  launch,
  NO_NET,
  OBEDIENT,
  ready,
  remove,
  type Scenario,
  SLEEP,
  stateOf,
} from './scenario.ts';

export const lifeScenarios: Scenario[] = [
  {
    name: 'ContainerStart: again, with a body, and State before, in and after',
    async play(d) {
      await create(d, 's1');
      const out = {
        before: await stateOf(d, 's1'),
        start: await d.api('POST', '/containers/s1/start'),
        again: await d.api('POST', '/containers/s1/start'),
        running: await stateOf(d, 's1'),
        stop: await d.api('POST', '/containers/s1/stop?t=0'),
        stopped: await stateOf(d, 's1'),
        stopAgain: await d.api('POST', '/containers/s1/stop'),
        startAgain: await d.api('POST', '/containers/s1/start'),
        stateAgain: await stateOf(d, 's1'),
        body: await d.api('POST', '/containers/s1/start', { HostConfig: {} }),
        detachKeys: await d.api('POST', '/containers/s1/start?detachKeys=ctrl-p'),
        checkpoint: await d.api('POST', '/containers/s1/start?checkpoint=x'),
      };
      await remove(d, 's1');
      return out;
    },
  },
  {
    name: 'ContainerStart failures',
    async play(d) {
      const play = async (name: string, cmd: string[], more: object = {}) => {
        await create(d, name, { Image: 'busybox', Cmd: cmd, ...more, HostConfig: NO_NET });
        const answer = await d.api('POST', `/containers/${name}/start`);
        const state = await stateOf(d, name);
        const restarted = await d.api('POST', `/containers/${name}/restart`);
        await remove(d, name);
        return { answer, state, restarted };
      };
      return {
        missing: await play('f1', ['nosuch']),
        path: await play('f2', ['/no/such']),
        denied: await play('f3', ['/etc/passwd']),
        directory: await play('f4', ['/etc']),
        user: await play('f5', ['true'], { User: 'nosuch' }),
        group: await play('f6', ['true'], { User: 'root:nosuch' }),
      };
    },
  },
  {
    name: 'ContainerStop: signal, timeout and exit code',
    async play(d) {
      const play = async (body: object, query: string) => {
        await launch(d, 'st', body);
        if (body === OBEDIENT) await ready(d, 'st');
        const stop = await d.api('POST', `/containers/st/stop${query}`);
        const state = await stateOf(d, 'st');
        await remove(d, 'st');
        return { stop, state };
      };
      return {
        obedient: await play(OBEDIENT, ''),
        deaf: await play(SLEEP, '?t=1'),
        ownTimeout: await play({ ...SLEEP, StopTimeout: 1 }, ''),
        ownSignal: await play({ ...SLEEP, StopSignal: 'SIGKILL' }, ''),
        badTimeout: await play(SLEEP, '?t=x'),
      };
    },
  },
  {
    name: 'ContainerKill',
    async play(d) {
      await launch(d, 'k1', OBEDIENT);
      await ready(d, 'k1');
      const out = {
        bad: await d.api('POST', '/containers/k1/kill?signal=NOSUCH'),
        number: await d.api('POST', '/containers/k1/kill?signal=99'),
        zero: await d.api('POST', '/containers/k1/kill?signal=0'),
        harmless: await d.api('POST', '/containers/k1/kill?signal=WINCH'),
        stillRunning: await inspected<{ Running: boolean }>(d, 'k1', 'State').then((s) => s.Running),
        term: await d.api('POST', '/containers/k1/kill?signal=SIGTERM'),
        wait: await d.api('POST', '/containers/k1/wait'),
        again: await d.api('POST', '/containers/k1/kill'),
        cli: await d.cli('kill', 'k1'),
      };
      await d.api('POST', '/containers/k1/start');
      const kill = await d.api('POST', '/containers/k1/kill?signal=');
      const state = await stateOf(d, 'k1');
      await remove(d, 'k1');
      return { ...out, kill, state };
    },
  },
  {
    name: 'ContainerRestart',
    async play(d) {
      await create(d, 'r1', OBEDIENT);
      const fromCreated = await d.api('POST', '/containers/r1/restart');
      await ready(d, 'r1');
      const first = await inspected<{ StartedAt: string }>(d, 'r1', 'State');
      const restart = await d.api('POST', '/containers/r1/restart?t=5');
      const second = await inspected<{ StartedAt: string }>(d, 'r1', 'State');
      const out = {
        fromCreated,
        restart,
        later: second.StartedAt > first.StartedAt,
        state: second,
        count: await inspected(d, 'r1', 'RestartCount'),
        badTimeout: await d.api('POST', '/containers/r1/restart?t=x'),
      };
      await remove(d, 'r1');
      return out;
    },
  },
  {
    name: 'ContainerRename',
    async play(d) {
      const id = await create(d, 'n1');
      await create(d, 'n2');
      const rename = (from: string, query: string) => d.api('POST', `/containers/${from}/rename${query}`);
      const out = {
        rename: await rename('n1', '?name=n3'),
        name: await inspected(d, id, 'Name'),
        oldName: await d.api('GET', '/containers/n1/json'),
        taken: await rename('n3', '?name=n2'),
        same: await rename('n3', '?name=n3'),
        empty: await rename('n3', ''),
        slash: await rename('n3', '?name=/n4'),
        bad: await rename('n4', '?name=a%20b'),
      };
      await remove(d, 'n2', 'n4');
      return out;
    },
  },
  {
    name: 'ContainerResize',
    async play(d) {
      const resize = (query: string) => d.api('POST', `/containers/z1/resize${query}`);
      await create(d, 'z1', { ...SLEEP, Tty: true });
      await d.api('POST', '/containers/z1/start');
      const out = {
        resize: await resize('?h=33&w=99'),
        size: await d.cli('exec', 'z1', 'sh', '-c', 'stty size < /dev/console'),
        noWidth: await resize('?h=1'),
        text: await resize('?h=x&w=1'),
        negative: await resize('?h=-1&w=1'),
      };
      await d.api('POST', '/containers/z1/kill');
      await d.until('z1', 'exited');
      const stopped = await resize('?h=1&w=1');
      await remove(d, 'z1');
      return { ...out, stopped };
    },
  },
  {
    name: 'restart policy: counts and ends',
    async play(d) {
      await launch(d, 'p1', {
        Image: 'busybox',
        Cmd: ['sh', '-c', 'exit 4'],
        HostConfig: { ...NO_NET, RestartPolicy: { Name: 'on-failure', MaximumRetryCount: 2 } },
      });
      await d.until('p1', 'exited');
      const out = {
        count: await inspected(d, 'p1', 'RestartCount'),
        state: await stateOf(d, 'p1'),
      };
      await remove(d, 'p1');
      return out;
    },
  },
];
