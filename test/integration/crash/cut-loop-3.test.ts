// CoaL or containerd dies in the middle of commands: each is done when it is back, and done once.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { suite } from '#test/harness/suite.ts';

/** Each of its starts leaves one line in its log. */
const COUNTED = ['busybox', 'sh', '-c', 'trap "exit 7" TERM; echo ran; while :; do sleep 0.05; done'];
/** Who dies how long after the commands' start: they are on their way, in its hands, or half done. */
const DEATHS = [




  ...Array.from({length: 40}, (_, i) => ['containerd', 220 + i * 3] as ['containerd' | 'coal', number]),


];

describe('kill -9 under commands', () => {
  const s = suite('cut-loop-3');
  const ok = (...args: string[]) => s.stack.ok(args);
  const runs = async (id: string) =>
    (await ok('logs', id)).split('\n').filter((line) => line === 'ran').length;

  for (const [round, [program, ms]] of DEATHS.entries()) {
    it(`of ${program}, ${ms} ms after they began`, async () => {
      const starting = await ok('create', ...COUNTED);
      const [stopping, restarting, killed, removed, renamed] = await Promise.all(
        Array.from({ length: 5 }, () => ok('run', '-d', ...COUNTED)),
      );
      const commands: string[][] = [
        ['start', starting],
        ['stop', stopping!],
        ['restart', restarting!],
        ['kill', killed!],
        ['rm', '-f', removed!],
        ['rename', renamed!, `renamed-${round}`],
        ['create', '--name', `made-${round}`, ...COUNTED],
        ['ps', '-a'],
        ['inspect', renamed!],
        ['info'],
      ];
      const asked = commands.map(async (words) => ({ words, answer: await s.stack.docker(words) }));
      await delay(ms);
      await s.stack.kill9(program);
      if (program === 'coal') await s.stack.start(program);
      for (const { words, answer } of await Promise.all(asked))
        assert.equal(answer.code, 0, `docker ${words.join(' ')}: ${answer.stderr}`);

      const shown = (id: string) => ok('inspect', '-f', '{{.State.Status}} {{.State.ExitCode}}', id);
      assert.deepEqual([await shown(starting), await runs(starting)], ['running 0', 1]);
      assert.equal(await shown(stopping!), 'exited 7');
      assert.deepEqual([await shown(restarting!), await runs(restarting!)], ['running 0', 2]);
      assert.equal(await shown(killed!), 'exited 137');
      assert.equal((await s.stack.docker(['inspect', removed!])).code, 1);
      assert.equal(await ok('inspect', '-f', '{{.Name}}', renamed!), `/renamed-${round}`);
      assert.equal(
        await ok('ps', '-aq', '-f', 'status=created', '-f', `name=made-${round}`).then(
          (text) => text.split('\n').length,
        ),
        1,
      );
      await ok('rm', '-f', starting, stopping!, restarting!, killed!, renamed!, `made-${round}`);
      assert.equal(await ok('ps', '-aq'), '');
    });
  }
});
