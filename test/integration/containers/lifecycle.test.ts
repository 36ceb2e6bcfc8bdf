// create, start, stop, kill, restart, wait, rename, rm, ps and inspect, by the real CLI.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { waitUntil } from '#test/harness/stack.ts';
import { suite } from '#test/harness/suite.ts';

describe('container lifecycle', () => {
  const s = suite('lifecycle');
  const docker = (...args: string[]) => s.stack.docker(args);
  const ok = (...args: string[]) => s.stack.ok(args);
  const state = (id: string) =>
    ok('inspect', '-f', '{{.State.Status}} {{.State.ExitCode}} {{.State.Running}}', id);

  it('goes created, running, exited and starts again with its output kept', async () => {
    const id = await ok('create', '--name', 'cycle', 'busybox', 'sh', '-c', 'echo run; exit 4');
    assert.equal(await state(id), 'created 0 false');
    assert.equal((await docker('start', '-a', id)).code, 4);
    assert.equal(await state(id), 'exited 4 false');
    assert.equal((await docker('start', '-a', 'cycle')).code, 4);
    assert.equal(await ok('logs', 'cycle'), 'run\nrun');
    await ok('rm', 'cycle');
    assert.match(
      (await docker('inspect', '--type', 'container', 'cycle')).stderr,
      /No such container: cycle/,
    );
  });

  it('finds by name, id, short id and unique prefix', async () => {
    const id = await ok('create', '--name', 'findme', 'busybox');
    for (const ref of ['findme', '/findme', id, id.slice(0, 12), id.slice(0, 5)]) {
      assert.equal(await ok('inspect', '-f', '{{.Id}}', ref), id, ref);
    }
    await ok('rm', 'findme');
  });

  it('kills by name and number, and says when it does not run', async () => {
    const id = await ok(
      'run',
      '-d',
      'busybox',
      'sh',
      '-c',
      'trap "echo hup" HUP; trap "exit 9" USR2; echo ready; while :; do sleep 0.05; done',
    );
    // A first process without a trap yet does not even notice.
    await waitUntil('it listens', async () => (await ok('logs', id)) === 'ready');
    await ok('kill', '-s', 'HUP', id);
    await waitUntil('HUP was seen', async () => (await ok('logs', id)) === 'ready\nhup');
    await ok('kill', '-s', '12', id);
    assert.equal(await ok('wait', id), '9');
    const r = await docker('kill', id);
    assert.equal(r.code, 1);
    assert.match(r.stderr, new RegExp(`[Cc]annot kill container: ${id}: [Cc]ontainer ${id} is not running`));
    assert.match((await docker('kill', '-s', 'NOSUCH', id)).stderr, /[Ii]nvalid signal: NOSUCH/);
    await ok('rm', id);
  });

  it('restarts: a new process, the same container', async () => {
    const id = await ok(
      'run',
      '-d',
      'busybox',
      'sh',
      '-c',
      'trap "exit 0" TERM; echo up; while :; do sleep 0.05; done',
    );
    const pid = await ok('inspect', '-f', '{{.State.Pid}}', id);
    await ok('restart', id);
    assert.notEqual(await ok('inspect', '-f', '{{.State.Pid}}', id), pid);
    await waitUntil('both runs have printed', async () => (await ok('logs', id)) === 'up\nup');
    await ok('rm', '-f', id);
  });

  it('rm refuses a running container and -f takes it', async () => {
    const id = await ok('run', '-d', 'busybox', 'sleep', '1000');
    const r = await docker('rm', id);
    assert.match(
      r.stderr,
      /[Cc]ontainer is running: stop the container before removing or force remove|cannot remove container/,
    );
    await ok('rm', '-f', id);
    assert.equal(await ok('ps', '-aq', '--no-trunc', '--filter', `id=${id}`), '');
  });

  it('waits for each condition with the right code', async () => {
    const id = await ok('run', '-d', '--name', 'waited', 'busybox', 'sh', '-c', 'sleep 0.3; exit 5');
    assert.equal(await ok('wait', id), '5');
    assert.equal(await ok('wait', id), '5'); // not running any more: at once
    await ok('rm', id);
    const waiter = s.stack.docker(['run', '--rm', 'busybox', 'sh', '-c', 'exit 6']); // condition removed inside the CLI
    assert.equal((await waiter).code, 6);
  });

  it('renames', async () => {
    const id = await ok('create', '--name', 'before', 'busybox');
    await ok('rename', 'before', 'after');
    assert.equal(await ok('inspect', '-f', '{{.Name}}', id), '/after');
    assert.equal((await docker('inspect', '--type', 'container', 'before')).code, 1);
    await ok('rm', 'after');
  });

  it('lists with filters', async () => {
    await ok('create', '--name', 'f-created', '--label', 'kind=a', 'busybox');
    await ok('run', '--name', 'f-exited', '--label', 'kind=b', 'busybox', 'sh', '-c', 'exit 0');
    await docker('run', '--name', 'f-failed', 'busybox', 'sh', '-c', 'exit 3');
    await ok('run', '-d', '--name', 'f-running', '--label', 'kind=b', 'busybox', 'sleep', '1000');
    const names = async (...filters: string[]) =>
      (await ok('ps', '-a', '--format', '{{.Names}}', ...filters.flatMap((f) => ['--filter', f])))
        .split('\n')
        .filter((n) => n.startsWith('f-'))
        .sort();
    assert.deepEqual(await names('status=created'), ['f-created']);
    assert.deepEqual(await names('status=running'), ['f-running']);
    assert.deepEqual(await names('exited=3'), ['f-failed']);
    assert.deepEqual(await names('label=kind=b'), ['f-exited', 'f-running']);
    assert.deepEqual(await names('label=kind', 'status=exited'), ['f-exited']);
    assert.deepEqual(await names('name=f-ex'), ['f-exited']);
    assert.deepEqual(await names('ancestor=busybox'), ['f-created', 'f-exited', 'f-failed', 'f-running']);
    assert.deepEqual(await names('since=f-exited'), ['f-failed', 'f-running']);
    assert.match(
      await ok('ps', '--format', '{{.Status}}', '--filter', 'name=f-running'),
      /^Up (Less than a|\d+) second/,
    );
    assert.match((await docker('ps', '--filter', 'nosuch=1')).stderr, /invalid filter 'nosuch'/);
    await ok('rm', '-f', 'f-created', 'f-exited', 'f-failed', 'f-running');
  });

  it('attaches to a running container and detaches from it when the client goes', async () => {
    const id = await ok('run', '-d', 'busybox', 'sh', '-c', 'sleep 0.5; echo seen; exit 2');
    const r = await docker('attach', id);
    assert.deepEqual([r.code, r.stdout], [2, 'seen\n']);
    await ok('rm', id);
  });
});
