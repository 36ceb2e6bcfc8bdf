// kill -9 of CoaL and daemon while containers with volumes are made and removed: nothing is lost, nothing stays behind.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { waitUntil } from '#test/harness/stack.ts';
import { suite } from '#test/harness/suite.ts';
import { findOrphans } from '#tools/check/orphans.ts';

const s = suite('volumes-crash');
const ok = (...args: string[]): Promise<string> => s.stack.ok(args);
const names = async (): Promise<string[]> => (await ok('volume', 'ls', '-q')).split('\n').filter(Boolean);
const noOrphans = (): Promise<unknown> =>
  waitUntil('nothing is without an owner', async () => {
    const orphans = await findOrphans(join(s.stack.dir, 'config.json'));
    return orphans.length === 0 || (Date.now() > late && assert.deepEqual(orphans, []));
  });
let late = Number.POSITIVE_INFINITY;
const settled = async (): Promise<void> => {
  late = Date.now() + 15_000;
  await noOrphans();
};

describe('kill -9', () => {
  it('leaves a mounted volume mounted, and a running container goes on', async () => {
    await ok('volume', 'create', '--opt', 'type=tmpfs', '--opt', 'device=tmpfs', 'ram');
    const id = await ok(
      'run',
      '-d',
      '-v',
      'ram:/d',
      '-v',
      'kept:/e',
      'busybox',
      'sh',
      '-c',
      'echo x | tee /d/f /e/f; exec sleep 1000',
    );
    for (const program of ['daemon', 'coal'] as const) await s.stack.kill9(program);
    await Promise.all([s.stack.start('coal'), s.stack.start('daemon')]);
    assert.equal(
      await ok('run', '--rm', '-v', 'ram:/d', '-v', 'kept:/e', 'busybox', 'cat', '/d/f', '/e/f'),
      'x\nx',
    );
    assert.equal(await ok('exec', id, 'cat', '/d/f'), 'x');
    await settled();
    await ok('rm', '-f', id);
    await settled();
    await ok('volume', 'rm', 'ram');
    assert.deepEqual(await names(), ['kept']);
  });

  it('unmounts what ended while nobody looked', async () => {
    await ok('volume', 'create', '--opt', 'type=tmpfs', '--opt', 'device=tmpfs', 'ram');
    await ok('run', '-d', '--name', 'ender', '-v', 'ram:/d', 'busybox', 'sleep', '1000');
    const pid = Number(await ok('inspect', '-f', '{{.State.Pid}}', 'ender'));
    await s.stack.kill9('coal');
    process.kill(pid, 'SIGKILL');
    await s.stack.start('coal');
    await settled();
    await ok('rm', 'ender');
    await ok('volume', 'rm', 'ram');
  });

  it('in the middle of creates and removals', async () => {
    await ok('volume', 'create', 'shared');
    for (let round = 0; round < 3; round++) {
      const doings = Array.from({ length: 6 }, async (_, i) => {
        const args = ['-v', '/etc', '-v', '/anon', '-v', 'shared:/s', '-v', `own-${round}-${i}:/o`];
        await s.stack.docker(['create', '--name', `k${round}-${i}`, ...args, 'busybox']);
        if (i % 2) await s.stack.docker(['rm', '-v', `k${round}-${i}`]);
      });
      // Wherever they are by then: each round somewhere else.
      await delay(60 + 90 * round);
      await s.stack.kill9('coal');
      if (round % 2) await s.stack.kill9('daemon');
      await Promise.all([s.stack.start('coal'), ...(round % 2 ? [s.stack.start('daemon')] : [])]);
      await Promise.all(doings);
      await settled();
    }
    const left = (await ok('ps', '-aq')).split('\n').filter(Boolean);
    if (left.length > 0) await ok('rm', '-v', ...left);
    await settled();
    assert.deepEqual(
      (await names()).filter((name) => !/^(kept|shared|own-\d-\d)$/.test(name)),
      [],
      'no anonymous volume is left',
    );
    await ok('volume', 'prune', '-f', '--all');
    assert.deepEqual(await names(), []);
    await settled();
  });
});
