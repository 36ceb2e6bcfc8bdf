// The scenarios that both daemons play: each returns everything that was answered, errors too.
import type { Driver } from './driver.ts';

export interface Scenario {
  name: string;
  play(d: Driver): Promise<unknown>;
}

const CREATE = { Image: 'busybox', Cmd: ['sh', '-c', 'echo out; echo err >&2; exit 3'] };
const SLEEP = { Image: 'busybox', Cmd: ['sleep', '1000'], HostConfig: { NetworkMode: 'none' } };

async function create(d: Driver, name: string, body: object = SLEEP): Promise<string> {
  const answer = await d.api('POST', `/containers/create?name=${name}`, body);
  return (answer.body as { Id: string }).Id;
}
const remove = (d: Driver, name: string): Promise<unknown> =>
  d.api('DELETE', `/containers/${name}?force=1&v=1`);

export const scenarios: Scenario[] = [
  {
    name: 'ContainerCreate and ContainerInspect of a created one',
    async play(d) {
      const made = await d.api('POST', '/containers/create?name=c1', {
        ...CREATE,
        Env: ['A=1'],
        Labels: { l: 'm' },
        HostConfig: { NetworkMode: 'none' },
      });
      const inspected = await d.api('GET', '/containers/c1/json');
      await remove(d, 'c1');
      return { made, inspected };
    },
  },
  {
    name: 'ContainerCreate refusals',
    async play(d) {
      return {
        noImage: await d.api('POST', '/containers/create', { Image: 'nosuch:1', Cmd: ['true'] }),
        badName: await d.api('POST', '/containers/create?name=_', SLEEP),
        noConfig: await d.api('POST', '/containers/create', {}),
        badJson: await d.api('POST', '/containers/create', 'text'),
        lowMemory: await d.api('POST', '/containers/create', { ...SLEEP, HostConfig: { Memory: 1000 } }),
        autoRemoveAndRestart: await d.api('POST', '/containers/create', {
          ...SLEEP,
          HostConfig: { AutoRemove: true, RestartPolicy: { Name: 'always' } },
        }),
        badRestart: await d.api('POST', '/containers/create', {
          ...SLEEP,
          HostConfig: { RestartPolicy: { Name: 'sometimes' } },
        }),
        badSignal: await d.api('POST', '/containers/create', { ...SLEEP, StopSignal: 'NOSUCH' }),
      };
    },
  },
  {
    name: 'ContainerStart, Wait, Logs and Inspect of one that ended',
    async play(d) {
      await create(d, 'c2', { ...CREATE, HostConfig: { NetworkMode: 'none' } });
      const start = await d.api('POST', '/containers/c2/start');
      const wait = await d.api('POST', '/containers/c2/wait');
      const again = await d.api('POST', '/containers/c2/wait?condition=not-running');
      const bad = await d.api('POST', '/containers/c2/wait?condition=whenever');
      const logs = await d.cli('logs', 'c2');
      const noStream = await d.api('GET', '/containers/c2/logs');
      const inspected = await d.api('GET', '/containers/c2/json');
      const stop = await d.api('POST', '/containers/c2/stop');
      await remove(d, 'c2');
      return {
        start,
        wait,
        again,
        bad,
        logs,
        noStream,
        state: (inspected.body as { State: unknown }).State,
        stop,
      };
    },
  },
  {
    name: 'ContainerStart failures',
    async play(d) {
      const play = async (name: string, cmd: string[]) => {
        await create(d, name, { Image: 'busybox', Cmd: cmd, HostConfig: { NetworkMode: 'none' } });
        const answer = await d.api('POST', `/containers/${name}/start`);
        const { State } = (await d.api('GET', `/containers/${name}/json`)).body as {
          State: { ExitCode: number; Status: string };
        };
        await remove(d, name);
        return { status: answer.status, code: State.ExitCode, state: State.Status };
      };
      return {
        missing: await play('f1', ['nosuch']),
        path: await play('f2', ['/no/such']),
        denied: await play('f3', ['/etc/passwd']),
      };
    },
  },
  {
    name: 'running: start again, rm, kill, rename, stop',
    async play(d) {
      await create(d, 'c3');
      await create(d, 'c4');
      const out = {
        start: await d.api('POST', '/containers/c3/start'),
        again: await d.api('POST', '/containers/c3/start'),
        rm: await d.api('DELETE', '/containers/c3'),
        badSignal: await d.api('POST', '/containers/c3/kill?signal=NOSUCH'),
        rename: await d.api('POST', '/containers/c3/rename?name=c5'),
        taken: await d.api('POST', '/containers/c5/rename?name=c4'),
        same: await d.api('POST', '/containers/c5/rename?name=c5'),
        empty: await d.api('POST', '/containers/c5/rename'),
        kill: await d.api('POST', '/containers/c5/kill'),
        state: ((await d.api('GET', '/containers/c5/json')).body as { State: unknown }).State,
        killAgain: await d.api('POST', '/containers/c5/kill'),
        stop: await d.api('POST', '/containers/c5/stop'),
      };
      await remove(d, 'c4');
      await remove(d, 'c5');
      return out;
    },
  },
  {
    name: 'what is not there',
    async play(d) {
      const gone = (method: string, path: string, body?: unknown) =>
        d.api(method, `/containers/nothing${path}`, body);
      return {
        inspect: await gone('GET', '/json'),
        start: await gone('POST', '/start'),
        stop: await gone('POST', '/stop'),
        kill: await gone('POST', '/kill'),
        restart: await gone('POST', '/restart'),
        wait: await gone('POST', '/wait'),
        rm: await d.api('DELETE', '/containers/nothing'),
        rename: await gone('POST', '/rename?name=x'),
        logs: await gone('GET', '/logs?stdout=1'),
        exec: await gone('POST', '/exec', { Cmd: ['true'] }),
        resize: await gone('POST', '/resize?h=1&w=1'),
        attach: await gone('POST', '/attach?stream=1&stdout=1'),
        execInspect: await d.api('GET', '/exec/nothing/json'),
        image: await d.api('GET', '/images/nothing/json'),
        rmi: await d.api('DELETE', '/images/nothing'),
        tag: await d.api('POST', '/images/nothing/tag?repo=x'),
        network: await d.api('GET', '/networks/nothing'),
        volume: await d.api('GET', '/volumes/nothing'),
        page: await d.api('GET', '/nothing'),
      };
    },
  },
  {
    name: 'exec: create, start, inspect, refusals',
    async play(d) {
      const id = await create(d, 'c6');
      const stopped = await d.api('POST', '/containers/c6/exec', { Cmd: ['true'] });
      await d.api('POST', '/containers/c6/start');
      const none = await d.api('POST', '/containers/c6/exec', {});
      const made = await d.api('POST', '/containers/c6/exec', {
        Cmd: ['sh', '-c', 'exit 7'],
        AttachStdout: true,
      });
      const exec = (made.body as { Id: string }).Id;
      const before = await d.api('GET', `/exec/${exec}/json`);
      const ran = await d.cli('exec', 'c6', 'sh', '-c', 'echo o; echo e >&2; exit 5');
      const missing = await d.cli('exec', 'c6', 'nosuch');
      await remove(d, 'c6');
      return { id: id.length, stopped, none, made, before, ran, missing: missing.code };
    },
  },
  {
    name: 'ContainerList and its filters',
    async play(d) {
      await create(d, 'l1', { ...SLEEP, Labels: { a: 'b' } });
      await create(d, 'l2');
      const list = (filters: object) =>
        d.api('GET', `/containers/json?all=1&filters=${encodeURIComponent(JSON.stringify(filters))}`);
      const out = {
        all: await d.api('GET', '/containers/json?all=1'),
        label: await list({ label: ['a=b'] }),
        oldForm: await list({ label: { 'a=b': true } }),
        name: await list({ name: ['l2'] }),
        badName: await list({ nosuch: ['x'] }),
        badStatus: await list({ status: ['nosuch'] }),
        badExited: await list({ exited: ['x'] }),
        notJson: await d.api('GET', '/containers/json?filters=xx'),
        limit: await d.api('GET', '/containers/json?limit=1'),
      };
      await remove(d, 'l1');
      await remove(d, 'l2');
      return out;
    },
  },
  {
    name: 'images: list, inspect, history, tag, rmi',
    async play(d) {
      const out = {
        inspect: await d.api('GET', '/images/busybox/json'),
        list: await d.api('GET', '/images/json'),
        tag: await d.api('POST', '/images/busybox/tag?repo=contract&tag=1'),
        badTag: await d.api('POST', '/images/busybox/tag?repo=UPPER'),
        untag: await d.api('DELETE', '/images/contract:1'),
        badRef: await d.cli('pull', 'UPPER'),
        badFilter: await d.api('GET', `/images/json?filters=${encodeURIComponent('{"nosuch":["x"]}')}`),
      };
      return out;
    },
  },
  {
    name: 'events of one life, in order',
    async play(d) {
      const since = Date.now() / 1000;
      await d.cli('run', '--rm', '--network', 'none', '--name', 'ev', 'busybox', 'sh', '-c', 'exit 3');
      await d.cli('run', '-d', '--network', 'none', '--name', 'ev2', 'busybox', 'sleep', '1000');
      await d.cli('exec', 'ev2', 'true');
      await d.cli('stop', '-t', '0', 'ev2');
      await d.cli('rm', 'ev2');
      const text = await d.cli(
        'events',
        '--since',
        String(since),
        '--until',
        String(Date.now() / 1000),
        '--filter',
        'type=container',
        '--format',
        '{{.Action}} {{.Actor.Attributes.name}} {{.Actor.Attributes.exitCode}} {{.Actor.Attributes.signal}}',
      );
      return text.stdout.split('\n');
    },
  },
];
