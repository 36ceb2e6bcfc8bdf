// Plays every scenario on a real dockerd and on us and compares the answers; the known differences are an explicit list.
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { after, before, describe, it } from 'node:test';
import { type Dockerd, startDockerd } from '#test/harness/dockerd.ts';
import { pushBusybox, type Registry, startRegistry } from '#test/harness/registry.ts';
import { type Stack, startStack } from '#test/harness/stack.ts';
import { driver } from './driver.ts';
import { KNOWN } from './known-differences.ts';
import { differences, mask } from './mask.ts';
import { scenarios } from './scenarios.ts';

describe('as dockerd answers', () => {
  let dir: string;
  let registry: Registry;
  let stack: Stack;
  let dockerd: Dockerd;
  before(async () => {
    dir = await mkdtemp('/tmp/sdct-registry-');
    registry = await startRegistry(dir);
    await pushBusybox(registry, 'library/busybox', 'latest');
    [stack, dockerd] = await Promise.all([
      startStack({ name: 'contract', mirror: registry.url }),
      startDockerd({ mirror: registry.url }),
    ]);
    for (const side of [stack, dockerd]) assert.equal((await side.docker(['pull', '-q', 'busybox'])).code, 0);
  });
  after(async () => {
    await stack?.stop();
    await dockerd?.stop();
    await registry?.stop();
    await rm(dir, { recursive: true, force: true });
  });

  for (const scenario of scenarios) {
    it(scenario.name, async () => {
      const [theirs, ours] = [
        mask(await scenario.play(driver(dockerd.socketPath))),
        mask(await scenario.play(driver(stack.socketPath))),
      ];
      const unknown = differences(theirs, ours).filter(
        (line) => !KNOWN.some((known) => known.where.test(line)),
      );
      assert.deepEqual(unknown, [], `dockerd | sdc-docker:\n${unknown.join('\n')}`);
    });
  }
});
