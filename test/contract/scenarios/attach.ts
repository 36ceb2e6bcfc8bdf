// ContainerAttach: heads, frames, stdin and its end.
import { create, launch, NO_NET, remove, type Scenario, SLEEP, TALK } from './scenario.ts';

const CAT = {
  Image: 'busybox',
  Cmd: ['cat'],
  OpenStdin: true,
  StdinOnce: true,
  AttachStdin: true,
  HostConfig: NO_NET,
};

export const attachScenarios: Scenario[] = [
  {
    name: 'ContainerAttach before the start: both streams, upgraded and not',
    async play(d) {
      const play = async (name: string, query: string, upgrade: boolean, body: object = TALK) => {
        await create(d, name, body);
        const answer = await d.stream('POST', `/containers/${name}/attach?${query}`, {
          upgrade,
          onHead: () => d.api('POST', `/containers/${name}/start`),
        });
        await remove(d, name);
        return answer;
      };
      return {
        stdout: await play('a1', 'stream=1&stdout=1', true),
        stderr: await play('a2', 'stream=1&stderr=1', true),
        plain: await play('a3', 'stream=1&stdout=1', false),
        tty: await play('a4', 'stream=1&stdout=1&stderr=1', true, { ...TALK, Tty: true }),
      };
    },
  },
  {
    name: 'ContainerAttach: stdin and its end',
    async play(d) {
      await create(d, 'a5', CAT);
      const cat = await d.stream('POST', '/containers/a5/attach?stream=1&stdin=1&stdout=1', {
        upgrade: true,
        input: 'one\ntwo\n',
        onHead: () => d.api('POST', '/containers/a5/start'),
      });
      const wait = await d.api('POST', '/containers/a5/wait');
      await remove(d, 'a5');
      return { cat, wait };
    },
  },
  {
    name: 'ContainerAttach: replay, ended ones, refusals',
    async play(d) {
      await launch(d, 'a6', TALK);
      await d.until('a6', 'exited');
      await launch(d, 'a7', SLEEP);
      const attach = (name: string, query: string) => d.stream('POST', `/containers/${name}/attach?${query}`);
      const out = {
        replay: await attach('a6', 'logs=1&stdout=1'),
        nothing: await attach('a6', ''),
        badKeys: await attach('a6', 'stream=1&stdout=1&detachKeys=nosuch-key'),
        cliEnded: await d.cli('attach', 'a6'),
        missing: await attach('nosuch', 'stream=1&stdout=1'),
        missingUpgrade: await d.stream('POST', '/containers/nosuch/attach?stream=1&stdout=1', {
          upgrade: true,
        }),
      };
      await remove(d, 'a6', 'a7');
      return out;
    },
  },
];
