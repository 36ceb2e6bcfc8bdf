// docker pause and unpause: the processes, the words and events, what a paused container refuses, and kill -9 of everything.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { describe, it } from 'node:test';
import { waitUntil } from '#test/harness/stack.ts';
import { suite } from '#test/harness/suite.ts';

const COUNTING = 'trap "exit 3" TERM; i=0; while :; do i=$((i+1)); echo $i > /count; sleep 0.02; done';

describe('docker pause', () => {
  const s = suite('pause');
  const docker = (...args: string[]) => s.stack.docker(args);
  const ok = (...args: string[]) => s.stack.ok(args);
  const run = (name: string, ...args: string[]) =>
    ok('run', '-d', '--name', name, ...args, 'busybox', 'sh', '-c', COUNTING);
  const state = (name: string) =>
    ok('inspect', '-f', '{{.State.Status}} {{.State.Running}} {{.State.Paused}} {{.State.ExitCode}}', name);
  /** The kernel's own word: every process of the container is frozen. */
  const frozen = async (name: string) => {
    const pid = await ok('inspect', '-f', '{{.State.Pid}}', name);
    const cgroup = await readFile(`/proc/${pid}/cgroup`, 'utf8');
    const path = /:freezer:(.*)$/m.exec(cgroup)?.[1];
    if (path !== undefined) {
      const text = await readFile(`/sys/fs/cgroup/freezer${path}/freezer.state`, 'utf8');
      return text.trim() === 'FROZEN';
    }
    const events = `/sys/fs/cgroup${/^0::(.*)$/m.exec(cgroup)?.[1]}/cgroup.events`;
    return /^frozen 1$/m.test(await readFile(events, 'utf8'));
  };

  it('stops every process and lets it go on', async () => {
    await run('p1');
    await ok('pause', 'p1');
    assert.equal(await state('p1'), 'paused true true 0');
    assert.equal(await frozen('p1'), true);
    assert.match(await ok('ps', '--filter', 'name=p1', '--format', '{{.Status}}'), /^Up .* \(Paused\)$/);
    assert.equal(await ok('ps', '-a', '--filter', 'status=paused', '--format', '{{.Names}}'), 'p1');
    assert.equal(await ok('ps', '-a', '--filter', 'status=running', '--format', '{{.Names}}'), '');
    assert.equal(await ok('info', '-f', '{{.ContainersPaused}} {{.ContainersRunning}}'), '1 0');
    await ok('unpause', 'p1');
    assert.equal(await state('p1'), 'running true false 0');
    assert.equal(await frozen('p1'), false);
    assert.equal((await docker('exec', 'p1', 'true')).code, 0);
    await ok('rm', '-f', 'p1');
  });

  it('refuses in the words of dockerd', async () => {
    const id = await run('p2');
    const created = await ok('create', '--name', 'p3', 'busybox');
    const error = async (...args: string[]) => (await docker(...args)).stderr.trim();
    assert.match(await error('unpause', 'p2'), new RegExp(`Container ${id} is not paused`));
    await ok('pause', 'p2');
    assert.match(await error('pause', 'p2'), new RegExp(`container ${id} is already paused`));
    assert.match(
      await error('exec', 'p2', 'true'),
      /Container p2 is paused, unpause the container before exec/,
    );
    assert.match(
      await error('attach', 'p2'),
      /paused container, unpause it first|unpause the container before attach/,
    );
    assert.match(await error('start', 'p2'), /cannot start a paused container, try unpause instead/);
    assert.match(await error('rm', 'p2'), /container is paused and must be unpaused first/);
    assert.match(await error('pause', 'p3'), new RegExp(`container ${created} is not running`));
    assert.match(await error('unpause', 'p3'), new RegExp(`Container ${created} is not paused`));
    assert.match(await error('pause', 'nosuch'), /No such container: nosuch/);
    assert.equal(await ok('container', 'prune', '-f', '--filter', 'until=1h'), 'Total reclaimed space: 0B');
    assert.equal(await state('p2'), 'paused true true 0');
    await ok('rm', '-f', 'p2', 'p3');
  });

  it('a signal that stops thaws: stop, kill, restart, rm -f', async () => {
    await run('p4');
    await ok('pause', 'p4');
    await ok('stop', 'p4');
    assert.equal(await state('p4'), 'exited false false 3');
    await ok('start', 'p4');
    await ok('pause', 'p4');
    await ok('kill', 'p4');
    assert.equal(await state('p4'), 'exited false false 137');
    await ok('start', 'p4');
    await ok('pause', 'p4');
    await ok('kill', '-s', 'WINCH', 'p4');
    assert.equal(await state('p4'), 'running true false 0', 'without a StopSignal any signal thaws');
    await ok('pause', 'p4');
    await ok('restart', 'p4');
    assert.equal(await state('p4'), 'running true false 0');
    await ok('pause', 'p4');
    await ok('rm', '-f', 'p4');
    await run('p5', '--stop-signal', 'TERM');
    await ok('pause', 'p5');
    await ok('kill', '-s', 'WINCH', 'p5');
    assert.equal(await state('p5'), 'paused true true 0', 'with one only that one does');
    await ok('rm', '-f', 'p5');
  });

  it('tells pause and unpause as dockerd does', async () => {
    const since = String(Math.floor(Date.now() / 1000));
    await run('p6', '--network', 'none');
    await ok('pause', 'p6');
    await ok('unpause', 'p6');
    await ok('pause', 'p6');
    await ok('stop', 'p6');
    await ok('start', 'p6');
    await ok('pause', 'p6');
    await ok('kill', 'p6');
    const until = String(Math.ceil(Date.now() / 1000));
    const events = () =>
      ok('events', '--since', since, '--until', until, '--filter', 'container=p6', '--format', '{{.Action}}');
    await waitUntil('the last die is told', async () => (await events()).split('\n').at(-1) === 'die');
    assert.equal(
      (await events()).replaceAll('\n', ' '),
      'create start pause unpause pause kill unpause die stop start pause kill die',
    );
    await ok('rm', 'p6');
  });

  it('stays paused over a kill -9 of daemon, CoaL and containerd, and an update', async () => {
    await run('p7');
    await ok('pause', 'p7');
    for (const program of ['daemon', 'coal'] as const) {
      await s.stack.kill9(program);
      await s.stack.start(program);
      assert.equal(await state('p7'), 'paused true true 0', program);
      assert.equal(await frozen('p7'), true, program);
    }
    await s.stack.kill9('containerd');
    await waitUntil(
      'containerd is back',
      async () => (await docker('update', '--cpus', '1', 'p7')).code === 0,
    );
    assert.equal(await state('p7'), 'paused true true 0');
    assert.equal(await frozen('p7'), true);
    await ok('unpause', 'p7');
    assert.equal(await frozen('p7'), false);
    await ok('rm', '-f', 'p7');
  });
});
