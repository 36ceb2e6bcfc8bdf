// An image with a full configuration: its inspect, what its containers take from it, and how it loses its names.
import type { Driver } from '../driver.ts';
import { create, filters, remove, type Scenario, SLEEP } from './scenario.ts';

/** What the test's registry serves as library/full:1, of two layers. */
export const FULL_CONFIG = {
  User: 'daemon',
  ExposedPorts: { '80/tcp': {} },
  Env: ['PATH=/bin:/usr/bin', 'A=image', 'B=image'],
  Entrypoint: ['/bin/sh', '-c'],
  Cmd: ['id -un; pwd; echo $A $B'],
  WorkingDir: '/var',
  Labels: { from: 'image', both: 'image' },
  StopSignal: 'SIGINT',
};

/** What a list says of the image of its one container. */
async function rowOf(d: Driver): Promise<unknown> {
  const { body } = await d.api('GET', '/containers/json?all=1');
  const [{ Image, ImageID, Command, Labels } = {}] = body as Record<string, unknown>[];
  return { Image, ImageID, Command, Labels };
}

export const imageConfigScenarios: Scenario[] = [
  {
    name: 'an image with a full configuration: inspect, history, list',
    async play(d) {
      const pull = await d.cli('pull', '-q', 'full:1');
      const names = async (value: object) =>
        ((await d.api('GET', `/images/json?${filters(value)}`)).body as { RepoTags: string[] }[])
          .flatMap((image) => image.RepoTags)
          .sort();
      return {
        pull,
        inspect: await d.api('GET', '/images/full:1/json'),
        history: await d.api('GET', '/images/full:1/history'),
        label: await names({ label: ['from=image'] }),
        noLabel: await names({ label: ['from=other'] }),
        all: await names({}),
        reference: await names({ reference: ['full:*', 'busybox'] }),
      };
    },
  },
  {
    name: 'ContainerCreate: what is taken from the image',
    async play(d) {
      await d.cli('pull', '-q', 'full:1');
      const made = async (body: object) => {
        await create(d, 'm1', { Image: 'full:1', HostConfig: SLEEP.HostConfig, ...body });
        const { body: inspect } = await d.api('GET', '/containers/m1/json');
        const { Config, Path, Args } = inspect as { Config: object; Path: string; Args: string[] };
        const row = await rowOf(d);
        await remove(d, 'm1');
        return { Config, Path, Args, row };
      };
      return {
        plain: await made({}),
        env: await made({ Env: ['A=own', 'C=own'] }),
        cmd: await made({ Cmd: ['true'] }),
        entrypoint: await made({ Entrypoint: ['env'] }),
        both: await made({ Entrypoint: ['echo'], Cmd: ['x'] }),
        noEntrypoint: await made({ Entrypoint: [], Cmd: ['true'] }),
        labels: await made({ Labels: { both: 'own', more: 'own' } }),
        rest: await made({
          User: 'root',
          WorkingDir: '/tmp',
          StopSignal: 'SIGTERM',
          ExposedPorts: { '81/udp': {} },
        }),
        run: await d.cli('run', '--rm', '--network', 'none', '-e', 'B=own', 'full:1'),
        nothing: await d.cli('run', '--rm', '--network', 'none', '--entrypoint', '', 'full:1'),
      };
    },
  },
  {
    name: 'an image loses its names: tag taken, dangling, prune',
    async play(d) {
      await d.cli('pull', '-q', 'full:1');
      const since = Date.now() / 1000;
      const full = ((await d.api('GET', '/images/full:1/json')).body as { Id: string }).Id;
      await create(d, 'm2', { ...SLEEP, Image: 'full:1' });
      const taken = await d.api('POST', '/images/busybox/tag?repo=full&tag=1');
      const out = {
        taken,
        dangling: await d.api('GET', `/images/json?${filters({ dangling: ['true'] })}`),
        byId: await d.api('GET', `/images/${full}/json`),
        rowOfUser: await rowOf(d),
        inUse: await d.api('DELETE', `/images/${full}`),
        pruneInUse: await d.api('POST', '/images/prune'),
      };
      await remove(d, 'm2');
      const prune = await d.api('POST', '/images/prune');
      const untag = await d.api('DELETE', '/images/full:1');
      const left = await d.cli('images', '-a', '--format', '{{.Repository}}:{{.Tag}}');
      const query = `since=${since}&until=${Date.now() / 1000 + 0.05}&${filters({ type: ['image'] })}`;
      const events = await d.api('GET', `/events?${query}`);
      return { ...out, prune, untag, left, events };
    },
  },
];
