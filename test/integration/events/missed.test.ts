// docker events after the daemon was killed: what happened meanwhile is told once, and policy restarts and networks as Docker tells them.
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { describe, it } from 'node:test';
import { waitUntil } from '#test/harness/stack.ts';
import { suite } from '#test/harness/suite.ts';

describe('docker events, missed ones', () => {
  const s = suite('events-missed');
  const ok = (...args: string[]) => s.stack.ok(args);
  const past = async (...filters: string[]): Promise<string[]> => {
    const until = String(Date.now() / 1000 + 0.001);
    const flags = filters.flatMap((filter) => ['--filter', filter]);
    const args = ['--since', '0', '--until', until, '--format', '{{.Type}} {{.Action}}', ...flags];
    return (await ok('events', ...args)).split('\n').filter(Boolean);
  };

  it('tells exits and removals of the time when the daemon was down, once', async () => {
    const script = 'while [ ! -e /tmp/go ]; do sleep 0.05; done; exit 5';
    const ender = await ok('run', '-d', '--name', 'ender', 'busybox', 'sh', '-c', script);
    const remover = await ok('run', '-d', '--rm', '--name', 'remover', 'busybox', 'sh', '-c', script);
    for (const id of [ender, remover]) await ok('exec', '-d', id, 'sh', '-c', 'sleep 1; touch /tmp/go');
    const pids = [ender, remover].map((id) => ok('inspect', '-f', '{{.State.Pid}}', id));
    const processes = (await Promise.all(pids)).map((pid) => `/proc/${pid}`);
    await s.stack.kill9('daemon');
    await waitUntil('both have ended', async () => !processes.some((path) => existsSync(path)));
    for (let life = 0; life < 2; life++) {
      await s.stack.start('daemon');
      await s.stack.ready();
      await waitUntil('the removal is told', async () =>
        (await past('container=remover')).includes('container destroy'),
      );
      const lives = ['create', 'start', 'exec_create', 'exec_start', 'die', 'destroy'];
      const ofBoth = async (name: string) =>
        (await past(`container=${name}`)).map((line) => line.split(' ')[1]!.replace(':', ''));
      assert.deepEqual(await ofBoth('remover'), lives);
      assert.deepEqual(await ofBoth('ender'), lives.slice(0, -1));
      await s.stack.kill9('daemon');
    }
    await s.stack.start('daemon');
    await s.stack.ready();
    await ok('rm', 'ender');
  });

  it('tells policy restarts, networks, names and failed starts', async () => {
    const again = await ok('run', '-d', '--restart', 'on-failure:1', '--name', 'again', 'busybox', 'false');
    await waitUntil('it has given up', async () => (await past('event=die', 'container=again')).length === 2);
    await ok('rename', 'again', 'renamed');
    await ok('rm', again);
    assert.deepEqual(await past(`container=${again}`), [
      ...['container create', 'container start', 'container die', 'container start', 'container die'],
      ...['container rename', 'container destroy'],
    ]);
    const failed = await s.stack.docker(['run', '--name', 'failed', 'busybox', 'nosuch']);
    assert.equal(failed.code, 127);
    await ok('rm', 'failed');
    assert.deepEqual(await past('container=failed'), [
      'container create',
      'container attach',
      'container destroy',
    ]);
    await ok('run', '--name', 'netted', 'busybox', 'true');
    const lines = (await past()).slice(-6);
    assert.deepEqual(lines, [
      ...['container create', 'container attach', 'network connect', 'container start'],
      ...['network disconnect', 'container die'],
    ]);
    await ok('rm', 'netted');
  });
});
