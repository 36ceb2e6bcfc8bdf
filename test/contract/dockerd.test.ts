// Plays every scenario on a real dockerd and on us and compares the answers; the known differences are an explicit list.
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { after, before, describe, it } from 'node:test';
import { type Dockerd, startDockerd } from '#test/harness/dockerd.ts';
import { pushBusybox, type Registry, startRegistry } from '#test/harness/registry.ts';
import { type Stack, startStack } from '#test/harness/stack.ts';
import { type Driver, driver } from './driver.ts';
import { KNOWN } from './known-differences.ts';
import { differences, mask } from './mask.ts';
import { inNewestWords, REWORDED } from './newest-words.ts';
import { FULL_CONFIG } from './scenarios/image-config.ts';
import { scenarios } from './scenarios/index.ts';

describe('as dockerd answers', () => {
  let dir: string;
  let registry: Registry;
  let stack: Stack;
  let dockerd: Dockerd;
  /** The known differences that were met. */
  const seen = new Set<RegExp>();
  const play = async (play: (d: Driver) => Promise<unknown>, { socketPath }: Stack | Dockerd) =>
    mask(await play(driver(socketPath, new URL(registry.url).host)));
  /** The differences that are not known ones, a line each. */
  const compare = async (scenario: (typeof scenarios)[number]): Promise<string[]> => {
    const [theirs, ours] = await Promise.all([play(scenario.play, dockerd), play(scenario.play, stack)]);
    return differences(inNewestWords(theirs, seen), ours).filter((line) => {
      const known = KNOWN.filter(({ where }) => where.test(`${scenario.name}: ${line}`));
      for (const { where } of known) seen.add(where);
      return known.length === 0;
    });
  };
  before(async () => {
    dir = await mkdtemp('/tmp/sdct-registry-');
    registry = await startRegistry(dir);
    await pushBusybox(registry, 'library/busybox', 'latest');
    await pushBusybox(registry, 'library/full', '1', { layers: 2, config: FULL_CONFIG });
    stack = await startStack({ name: 'contract', mirror: registry.url });
    dockerd = await startDockerd({ mirror: registry.url });
    for (const side of [stack, dockerd]) assert.equal((await side.docker(['pull', '-q', 'busybox'])).code, 0);
  });
  after(async () => {
    await stack?.stop();
    await dockerd?.stop();
    await registry?.stop();
    await rm(dir, { recursive: true, force: true });
  });

  for (const scenario of scenarios) {
    it(scenario.name, async (t) => {
      let unknown = await compare(scenario);
      if (unknown.length > 0) {
        // Either side may be late on a busy machine (dockerd tells some states before they are true): once more, aloud.
        t.diagnostic(`differed once:\n${unknown.join('\n')}`);
        unknown = await compare(scenario);
      }
      assert.deepEqual(unknown, [], `dockerd | sdc-docker:\n${unknown.join('\n')}`);
    });
  }

  it('has no known difference that is none any more', () => {
    const all = [...KNOWN.map(({ where }) => where), ...REWORDED.map(({ old }) => old)];
    assert.deepEqual(all.filter((pattern) => !seen.has(pattern)).map(String), []);
  });
});
