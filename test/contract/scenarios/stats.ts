// ContainerStats, ContainerTop, sizes and log details: what a container uses, shows and wrote.
import { create, launch, NO_NET, remove, type Scenario } from './scenario.ts';

/** Numbers by their kind: what two machines count is never the same. */
function shape(value: unknown): unknown {
  if (typeof value === 'number') return value === 0 ? 0 : 'number';
  if (Array.isArray(value)) return value.map(shape);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, shape(item)]));
}

/** Of a running one some counters may still be 0, and a 0 is left out of some. */
function members(value: unknown): unknown {
  const kinds = (item: unknown): unknown => {
    if (Array.isArray(item)) return item.map(kinds);
    if (typeof item !== 'object' || item === null) return item === null ? null : typeof item;
    return Object.fromEntries(Object.entries(item).map(([key, each]) => [key, kinds(each)]));
  };
  return kinds(value);
}

export const statsScenarios: Scenario[] = [
  {
    name: 'ContainerStats of a running container',
    async play(d) {
      await launch(d, 'st1', { Image: 'busybox', Cmd: ['sleep', '1000'] });
      const stats = async (query: string) => {
        const { status, type, body } = await d.api('GET', `/containers/st1/stats?${query}`);
        return { status, type, body: members(body) };
      };
      const out = {
        single: await stats('stream=false'),
        oneShot: await stats('stream=0&one-shot=1'),
      };
      await remove(d, 'st1');
      return out;
    },
  },
  {
    name: 'ContainerStats of one that does not run',
    async play(d) {
      await create(d, 'st2');
      const stats = async (name: string, query: string) => {
        const { status, type, body } = await d.api('GET', `/containers/${name}/stats?${query}`);
        return { status, type, body: shape(body) };
      };
      const single = await stats('st2', 'stream=false');
      const oneShot = await stats('st2', 'stream=false&one-shot=true');
      const missing = await stats('nosuch', 'stream=false');
      let removed = false;
      const streamed = await d.stream('GET', '/containers/st2/stats', {
        onHead: async () => {
          if (!removed) await remove(d, 'st2');
          removed = true;
        },
      });
      return { single, oneShot, missing, status: streamed.status, headers: streamed.headers };
    },
  },
  {
    name: 'ContainerTop: ps arguments',
    async play(d) {
      await launch(d, 'to1');
      const top = async (args: string | null) => {
        const query = args === null ? '' : `?ps_args=${encodeURIComponent(args)}`;
        const { status, body } = await d.api('GET', `/containers/to1/top${query}`);
        const { Titles, Processes, message } = body as {
          Titles?: string[];
          Processes?: string[][] | null;
          message?: string;
        };
        // Pids and times differ; how many words and which command do not.
        const rows =
          Processes?.map((row) => [row.length, row.at(-1)?.replace(/\d{3,}/g, '<n>')]) ?? Processes;
        return { status, message, Titles, rows };
      };
      const all: Record<string, unknown> = { default: await top(null), empty: await top('') };
      for (const args of ARGUMENTS) all[args] = await top(args);
      await d.api('POST', '/containers/to1/kill');
      const stopped = await d.api('GET', '/containers/to1/top');
      await remove(d, 'to1');
      return { all, stopped };
    },
  },
  {
    name: 'sizes: what a container wrote',
    async play(d) {
      await launch(d, 'sz1', {
        Image: 'busybox',
        Cmd: ['sh', '-c', 'echo four > /a; ln /a /b; ln -s /a /c; mkdir /d; rm /bin/ls; sleep 1000'],
        HostConfig: NO_NET,
      });
      await create(d, 'sz2');
      const size = async (name: string, query: string) => {
        const { body } = await d.api('GET', `/containers/${name}/json${query}`);
        const { SizeRw, SizeRootFs } = body as { SizeRw?: number; SizeRootFs?: number };
        return { SizeRw, more: SizeRootFs !== undefined && SizeRootFs > (SizeRw ?? 0) };
      };
      await d.cli('exec', 'sz1', 'true');
      const out = {
        written: await size('sz1', '?size=1'),
        nothing: await size('sz2', '?size=true'),
        notAsked: await size('sz1', ''),
        list: await d.api('GET', `/containers/json?all=1&size=1&filters=${LIST}`).then(({ body }) =>
          (body as { SizeRw?: number; SizeRootFs?: number }[]).map(({ SizeRw, SizeRootFs }) => ({
            SizeRw,
            more: (SizeRootFs ?? 0) > (SizeRw ?? 0),
          })),
        ),
      };
      await remove(d, 'sz1', 'sz2');
      return out;
    },
  },
  {
    name: 'ContainerLogs: details',
    async play(d) {
      const play = async (name: string, LogConfig: object, more: object = {}) => {
        await launch(d, name, {
          Image: 'busybox',
          Cmd: ['sh', '-c', 'echo one; echo; printf end'],
          Labels: { 'a.b': 'x y', c: 'd&é' },
          Env: ['FOO=bar', 'EMPTY=', 'NO=no'],
          ...more,
          HostConfig: { ...NO_NET, LogConfig },
        });
        await d.until(name, 'exited');
        const answer = await d.api('GET', `/containers/${name}/logs?stdout=1&details=1`);
        const stamped = await d.api('GET', `/containers/${name}/logs?stdout=1&details=1&timestamps=1&tail=1`);
        await remove(d, name);
        return { answer, stamped };
      };
      const chosen = { labels: 'a.b,c,nosuch', env: 'FOO,EMPTY', tag: '{{.Name}}' };
      return {
        chosen: await play('ld1', { Type: 'json-file', Config: chosen }),
        regex: await play('ld2', { Type: 'json-file', Config: { 'env-regex': '^F', 'labels-regex': '^c' } }),
        none: await play('ld3', { Type: 'json-file' }),
        local: await play('ld4', { Type: 'local' }),
        tty: await play('ld5', { Type: 'json-file', Config: { env: 'FOO' } }, { Tty: true }),
      };
    },
  },
];

const LIST = encodeURIComponent(JSON.stringify({ name: ['sz1', 'sz2'] }));

const ARGUMENTS = [
  '-ef',
  'aux',
  'faux',
  '-o pid,comm',
  '-o comm,pid',
  '-eo pid,ppid,cmd',
  '-C sleep',
  '-o pid=PID',
  '-o pid=PIDX,comm',
  '-o comm=PID,pid',
  '-l',
  '-L',
  '-m',
  '-p 1',
  '-o ppid',
  '-o lstart,pid',
  '--no-headers',
  '--info',
  '-x bogus',
  '-o',
  '-ef -o pid',
  '-o pid -o  comm',
];
