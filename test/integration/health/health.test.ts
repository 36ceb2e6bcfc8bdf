// Health checks by the real CLI: states, log, events, limits, pause, restart, and what survives kill -9 of daemon and CoaL.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { describe, it } from 'node:test';
import { driver } from '#test/contract/driver.ts';
import { waitUntil } from '#test/harness/stack.ts';
import { suite } from '#test/harness/suite.ts';

interface Health {
  Status: string;
  FailingStreak: number;
  Log: { Start: string; End: string; ExitCode: number; Output: string }[];
}

describe('health checks', () => {
  const s = suite('health');
  const ok = (...args: string[]) => s.stack.ok(args);
  const run = (name: string, ...flags: string[]) =>
    ok('run', '-d', '--name', name, '--health-interval', '300ms', ...flags, 'busybox', 'sleep', '10000');
  const health = async (name: string): Promise<Health> =>
    JSON.parse(await ok('inspect', '-f', '{{json .State.Health}}', name));
  const status = async (name: string, want: string): Promise<Health> => {
    await waitUntil(`${name} is ${want}`, async () => (await health(name)).Status === want);
    return health(name);
  };
  const events = async (name: string, since: string): Promise<string[]> => {
    const until = String(Date.now() / 1000);
    const filter = ['--filter', `container=${name}`, '--filter', 'event=health_status'];
    const out = await ok('events', '--since', since, '--until', until, ...filter, '--format', '{{.Action}}');
    return out.split('\n').filter(Boolean);
  };
  const hasProbed = (name: string, times: number) =>
    waitUntil(`${name} was probed ${times} times`, async () => (await health(name)).Log.length >= times);

  it('goes from starting to healthy, unhealthy and back, and tells so', async () => {
    const since = String(Date.now() / 1000);
    await run('states', '--health-cmd', 'test ! -e /bad && echo fine', '--health-retries', '2');
    assert.match(await ok('ps', '-f', 'name=states'), /Up .* \(health: starting\)/);
    await status('states', 'healthy');
    assert.match(await ok('ps', '-f', 'name=states'), /Up .* \(healthy\)/);
    assert.notEqual(await ok('ps', '-q', '-f', 'health=healthy', '-f', 'name=states'), '');
    await ok('exec', 'states', 'touch', '/bad');
    const bad = await status('states', 'unhealthy');
    assert.equal(bad.Log.at(-1)?.ExitCode, 1);
    assert.ok(bad.FailingStreak >= 2);
    await ok('exec', 'states', 'rm', '/bad');
    const good = await status('states', 'healthy');
    assert.equal(good.FailingStreak, 0);
    assert.equal(good.Log.at(-1)?.Output, 'fine\n');
    assert.deepEqual(await events('states', since), [
      'health_status: healthy',
      'health_status: unhealthy',
      'health_status: healthy',
    ]);
    await hasProbed('states', 5);
    await ok('rm', '-f', 'states');
  });

  it('kills a probe that takes too long, with its output in the log', async () => {
    const cmd = 'echo slow; echo $$ > /pid; exec sleep 777';
    await run('slow', '--health-cmd', cmd, '--health-timeout', '400ms', '--health-retries', '1');
    const { Log } = await status('slow', 'unhealthy');
    assert.equal(Log[0]?.ExitCode, -1);
    assert.equal(Log[0]?.Output, 'Health check exceeded timeout (400ms): slow\n');
    const ms = Date.parse(Log[0]!.End) - Date.parse(Log[0]!.Start);
    assert.ok(ms >= 400 && ms < 5000, `${ms} ms`);
    await ok('rm', '-f', 'slow');
  });

  it('cuts output at 4096 bytes, and says what could not be run', async () => {
    await run('long', '--health-cmd', "head -c 5000 /dev/zero | tr '\\0' a");
    const { Log } = await status('long', 'healthy');
    assert.equal(Log[0]?.Output, `${'a'.repeat(4096)}...`);
    await ok('rm', '-f', 'long');
    const body = {
      Image: 'busybox',
      Cmd: ['sleep', '10000'],
      Healthcheck: { Test: ['CMD', '/nosuch'], Interval: 3e8, Retries: 1 },
    };
    await driver(s.stack.socketPath, '').api('POST', '/containers/create?name=absent', body);
    await ok('start', 'absent');
    const absent = await status('absent', 'unhealthy');
    assert.equal(absent.Log[0]?.ExitCode, -1);
    assert.match(absent.Log[0]!.Output, /exec: "\/nosuch": .*no such file or directory/);
    await ok('rm', '-f', 'absent');
  });

  it('does not count failures of the start period, and probes more often in it', async () => {
    const started = Date.now();
    await ok(
      ...['run', '-d', '--name', 'period', '--health-cmd', 'test -e /up', '--health-retries', '1'],
      ...['--health-interval', '1h', '--health-start-period', '1h', '--health-start-interval', '200ms'],
      ...['busybox', 'sleep', '10000'],
    );
    await hasProbed('period', 3);
    assert.deepEqual(
      [(await health('period')).Status, (await health('period')).FailingStreak],
      ['starting', 0],
    );
    await ok('exec', 'period', 'touch', '/up');
    await status('period', 'healthy');
    assert.ok(Date.now() - started < 60_000);
    await ok('rm', '-f', 'period');
  });

  it('begins anew with a restart, and is unhealthy while it does not run', async () => {
    await run('again', '--health-cmd', 'test -e /tmp/up', '--tmpfs', '/tmp');
    await ok('exec', 'again', 'touch', '/tmp/up');
    await status('again', 'healthy');
    await ok('stop', '-t', '0', 'again');
    const down = await health('again');
    assert.equal(down.Status, 'unhealthy');
    assert.ok(down.Log.length > 0);
    await ok('start', 'again');
    const up = await health('again');
    assert.deepEqual([up.Status, up.FailingStreak], ['starting', 0]);
    assert.equal(await ok('inspect', '-f', '{{.RestartCount}}', 'again'), '0');
    await ok('rm', '-f', 'again');
    const created = await ok('create', '--health-cmd', 'true', 'busybox');
    assert.equal(await health(created), null);
    await ok('rm', created);
  });

  it('does not probe while paused', async () => {
    await run('paused', '--health-cmd', 'true');
    await hasProbed('paused', 1);
    await ok('pause', 'paused');
    const before = await health('paused');
    assert.equal(before.Status, 'unhealthy');
    await ok('unpause', 'paused');
    const after = await status('paused', 'healthy');
    const probes = after.Log.filter((entry) => entry.ExitCode !== 0);
    assert.deepEqual(probes, []);
    await ok('rm', '-f', 'paused');
  });

  it('shows nothing with --no-healthcheck and without a check', async () => {
    await ok('run', '-d', '--name', 'none', '--no-healthcheck', 'busybox', 'sleep', '10000');
    assert.equal(await health('none'), null);
    assert.notEqual(await ok('ps', '-q', '-f', 'health=none', '-f', 'name=none'), '');
    await ok('rm', '-f', 'none');
  });

  for (const program of ['daemon', 'coal'] as const) {
    it(`goes on after kill -9 of ${program}, with status and log`, async () => {
      const name = `killed-${program}`;
      await run(name, '--health-cmd', 'test ! -e /bad', '--health-timeout', '20s', '--health-retries', '1');
      await status(name, 'healthy');
      await hasProbed(name, 2);
      const since = String(Date.now() / 1000);
      await s.stack.kill9(program);
      await s.stack.start(program);
      const after = await health(name);
      assert.equal(after.Status, 'healthy');
      assert.ok(after.Log.length >= 2);
      await ok('exec', name, 'touch', '/bad');
      await status(name, 'unhealthy');
      assert.deepEqual(await events(name, since), ['health_status: unhealthy']);
      await ok('rm', '-f', name);
    });

    it(`leaves no probe behind after kill -9 of ${program}`, async () => {
      const name = `hung-${program}`;
      const cmd = 'echo x >> /count; exec sleep 4321';
      await run(name, '--health-cmd', cmd, '--health-timeout', '10m');
      const pid = await ok('inspect', '-f', '{{.State.Pid}}', name);
      const probes = async () => (await ok('top', name)).split('\n').filter((l) => l.includes('4321')).length;
      await waitUntil('a probe runs', async () => (await probes()) === 1);
      await s.stack.kill9(program);
      await s.stack.start(program);
      // The old one is killed, and one new one runs.
      await waitUntil('the next probe runs', async () =>
        (await readFile(`/proc/${pid}/root/count`, 'utf8')).startsWith('x\nx\n'),
      );
      await waitUntil('one probe runs', async () => (await probes()) === 1);
      await ok('rm', '-f', name);
    });
  }
});
