// Images that are made: docker commit, and docker build with the classic builder.
import { makeTar, type TarEntry } from '#test/harness/tar.ts';
import type { Driver } from '../driver.ts';
import { create, launch, NO_NET, remove, type Scenario } from './scenario.ts';

const FIELDS = ['Author', 'Comment', 'Config', 'Os', 'Parent', 'RepoTags', 'RepoDigests', 'RootFS'];

/** What both say of an image; the layers are counted, as their bytes are each daemon's own. */
async function imageOf(d: Driver, name: string): Promise<unknown> {
  const { body } = await d.api('GET', `/images/${name}/json`);
  const image = body as Record<string, unknown> & { RootFS: { Layers: string[] } };
  const picked = Object.fromEntries(FIELDS.map((field) => [field, image[field]]));
  return { ...picked, RootFS: image.RootFS.Layers.length };
}

const historyOf = async (d: Driver, name: string): Promise<unknown> =>
  ((await d.api('GET', `/images/${name}/history`)).body as Record<string, unknown>[]).map(
    ({ Comment, CreatedBy, Tags }) => ({ Comment, CreatedBy: plain(String(CreatedBy)), Tags }),
  );

/** The hash of what was copied is each daemon's own. */
const plain = (text: string): string => text.replace(/\b(file|dir|multi|from):[0-9a-f]{64}/g, 'dir:<hash>');

async function build(d: Driver, entries: TarEntry[], query = ''): Promise<unknown> {
  const body = makeTar(entries).toString('latin1');
  const answer = await d.text('POST', `/build?${query}`, body, 'application/x-tar');
  if (answer.status !== 200) return answer;
  const lines = (Array.isArray(answer.body) ? answer.body : [answer.body]) as Record<string, string>[];
  const text = lines.map(({ stream }) => stream ?? '').join('');
  return { text: plain(text), rest: lines.filter(({ stream }) => stream === undefined) };
}

/** We make no container for a step that only changes the configuration, and tell of none. */
const quietSteps = (answer: unknown): unknown => {
  const { text, rest } = answer as { text: string; rest: unknown };
  return { text: text.replace(/ ---> Running in .*\n|Removing intermediate container .*\n/g, ''), rest };
};

const file = (text: string): TarEntry => ({ name: 'Dockerfile', body: text });

export const buildScenarios: Scenario[] = [
  {
    name: 'ImageCommit',
    async play(d) {
      await create(d, 'maker', {
        Image: 'busybox',
        Cmd: ['sh', '-c', 'echo x >/made'],
        Env: ['A=1'],
        Labels: { l: '1' },
        ExposedPorts: { '80/tcp': {} },
        HostConfig: NO_NET,
      });
      await d.api('POST', '/containers/maker/start');
      await d.until('maker', 'exited');
      const commit = (query: string, body?: object) =>
        d.api('POST', `/commit?container=maker&${query}`, body);
      const changes = ['ENV B=2 C="x y"', 'CMD ["a", "b"]', 'USER 1', 'WORKDIR /w', 'LABEL m=n', 'VOLUME /v']
        .map((change) => `changes=${encodeURIComponent(change)}`)
        .join('&');
      const out = {
        made: await commit('repo=contract&tag=made&author=me&comment=why'),
        image: await imageOf(d, 'contract:made'),
        history: await historyOf(d, 'contract:made'),
        changed: await commit(`repo=contract&tag=changed&${changes}&changes=EXPOSE%2081`),
        changedImage: await imageOf(d, 'contract:changed'),
        body: await commit('repo=contract&tag=body', { Cmd: ['q'], Env: ['A=2', 'D=3'], Labels: { l: '2' } }),
        bodyImage: await imageOf(d, 'contract:body'),
        badChange: await commit('changes=RUN%20x'),
        badRepo: await commit('repo=UPPER'),
        badTag: await commit('repo=contract&tag=no%20tag'),
        digest: await commit(`repo=x@sha256:${'0'.repeat(64)}`),
        missing: await d.api('POST', '/commit?container=nosuch'),
        badBody: await d.text('POST', '/commit?container=nosuch', 'x', 'application/json'),
      };
      await remove(d, 'maker');
      for (const tag of ['made', 'changed', 'body']) await d.api('DELETE', `/images/contract:${tag}`);
      return out;
    },
  },
  {
    name: 'ImageCommit: events, and images that stand on each other',
    async play(d) {
      const since = Math.floor(Date.now() / 1000) - 1;
      await launch(d, 'stands');
      await d.api('POST', '/commit?container=stands&repo=contract&tag=below&comment=c');
      await create(d, 'next', { Image: 'contract:below', Cmd: ['x'], HostConfig: NO_NET });
      await d.api('POST', '/commit?container=next&repo=contract&tag=above&pause=0');
      const { Id: id } = (await d.api('GET', '/images/contract:below/json')).body as { Id: string };
      await remove(d, 'stands', 'next');
      const untag = await d.api('DELETE', '/images/contract:below');
      const refused = await d.api('DELETE', `/images/${id}`);
      const gone = await d.api('DELETE', '/images/contract:above');
      const until = Math.ceil(Date.now() / 1000) + 1;
      const { body } = await d.api('GET', `/events?since=${since}&until=${until}`);
      const events = (body as { Type: string; Action: string; Actor: { Attributes: object } }[])
        .filter(({ Action }) => ['commit', 'pause', 'unpause', 'tag'].includes(Action))
        .map(({ Type, Action, Actor }) => ({ Type, Action, attributes: Actor.Attributes }));
      return { untag, refused, gone, events };
    },
  },
  {
    name: 'ImageBuild: what is told of each step, and what becomes of the image',
    async play(d) {
      const dockerfile = [
        'FROM busybox AS base',
        'ENV A="a b" C=d',
        'ARG WITH=default',
        'ARG GIVEN',
        'RUN echo $A $WITH $GIVEN && mkdir /x && echo 1 >/x/y',
        'FROM base',
        'MAINTAINER somebody',
        'LABEL one=1 "two words"="2 3"',
        'WORKDIR /w/$C',
        'COPY plain dir/ ./',
        'EXPOSE 80 53/udp',
        'VOLUME /v',
        'USER 7:8',
        'STOPSIGNAL SIGINT',
        'HEALTHCHECK --interval=1m30s --retries=3 CMD true || false',
        'ENTRYPOINT ["cat"]',
        'CMD echo x',
        'ONBUILD RUN echo "triggered"',
        'SHELL ["/bin/sh", "-ec"]',
      ].join('\n');
      const entries = [
        file(dockerfile),
        { name: 'plain', body: 'p' },
        { name: 'dir/', type: '5' },
        { name: 'dir/z', body: 'z' },
      ];
      const query = `t=contract:built&t=contract:two&buildargs=${encodeURIComponent('{"GIVEN":"g","STRAY":"s"}')}`;
      const out = {
        first: quietSteps(await build(d, entries, query)),
        image: await imageOf(d, 'contract:built'),
        history: await historyOf(d, 'contract:built'),
        again: await build(d, entries, query),
        child: quietSteps(await build(d, [file('FROM contract:built\nLABEL l=1\n')], 't=contract:child')),
        childImage: await imageOf(d, 'contract:child'),
        quiet: await build(d, entries, `${query}&q=1`),
      };
      for (const tag of ['child', 'built', 'two']) await d.api('DELETE', `/images/contract:${tag}`);
      return out;
    },
  },
  {
    name: 'ImageBuild: RUN, and what is refused',
    async play(d) {
      const one = (text: string, query = '') => build(d, [file(text)], query);
      const out = {
        run: await one('FROM busybox\nRUN echo out && touch /x\n', 'nocache=1&t=contract:run'),
        failed: await one('FROM busybox\nRUN echo before; exit 3\n', 'forcerm=1'),
        exec: await one('FROM busybox\nRUN ["sh", "-c", "exit 4"]\n', 'forcerm=1'),
        noFile: await one('FROM busybox\nCOPY nosuch /\n'),
        noMatch: await one('FROM busybox\nCOPY no* /\n'),
        outside: await one('FROM busybox\nCOPY ../x /\n'),
        needsFolder: await build(d, [file('FROM busybox\nCOPY a b /c\n'), { name: 'a' }, { name: 'b' }]),
        chmod: await one('FROM busybox\nCOPY --chmod=700 Dockerfile /\n'),
        mount: await one('FROM busybox\nRUN --mount=type=cache,target=/x true\n'),
        unknown: await one('FROM busybox\nNO x\n'),
        empty: await one(''),
        noFrom: await one('RUN x\n'),
        missing: await build(d, [{ name: 'x', body: 'x' }]),
        badTag: await one('FROM busybox\n', 't=UPPER'),
        target: await one('FROM busybox\n', 'target=nosuch'),
        only: await one('FROM busybox\n', 't=contract:only'),
      };
      for (const tag of ['run', 'only']) await d.api('DELETE', `/images/contract:${tag}`);
      return out;
    },
  },
];
