// docker exec by the real CLI: streams, codes, terminals, many at once.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { askSocket } from '#test/harness/ask-socket.ts';
import { waitUntil } from '#test/harness/stack.ts';
import { suite } from '#test/harness/suite.ts';

describe('docker exec', () => {
  const s = suite('exec');
  let id = '';
  before(async () => {
    id = await s.stack.ok(['run', '-d', '-e', 'FROM=container', 'busybox', 'sleep', '10000']);
  });
  after(() => s.stack.docker(['rm', '-f', id]));
  const exec = (...args: string[]) => s.stack.docker(['exec', ...args]);

  it('keeps the streams and the code', async () => {
    const r = await exec(id, 'sh', '-c', 'echo out; echo err >&2; exit 3');
    assert.deepEqual(r, { code: 3, stdout: 'out\n', stderr: 'err\n' });
  });

  it('passes stdin and ends on half-close', async () => {
    const r = await s.stack.docker(['exec', '-i', id, 'sh', '-c', 'cat; exit 4'], {
      input: 'x'.repeat(300_000),
    });
    assert.equal(r.code, 4);
    assert.equal(r.stdout.length, 300_000);
  });

  it('gives -t a terminal', async () => {
    assert.equal((await exec('-t', id, 'sh', '-c', 'test -t 1 && echo yes')).stdout, 'yes\r\n');
  });

  it('honours -e, -w, -u', async () => {
    assert.equal(
      (
        await exec(
          '-e',
          'A=1',
          '-w',
          '/tmp',
          '-u',
          '12:34',
          id,
          'sh',
          '-c',
          'echo $FROM $A $PWD $(id -u) $(id -g)',
        )
      ).stdout,
      'container 1 /tmp 12 34\n',
    );
  });

  it('gives whoever it runs as the additional groups of the container', async () => {
    const run = ['run', '-d', '--user', 'nobody', '--group-add', '77', 'busybox', 'sleep', '1000'];
    const grouped = await s.stack.ok(run);
    for (const user of [[], ['-u', 'root'], ['-u', '5:5']]) {
      const { stdout } = await exec(...user, grouped, 'id', '-G');
      assert.ok(stdout.trim().split(' ').includes('77'), `${user}: ${stdout}`);
    }
    await s.stack.ok(['rm', '-f', grouped]);
  });

  it('says 127 and 126', async () => {
    const missing = await exec(id, 'nosuch');
    assert.equal(missing.code, 127);
    assert.match(
      missing.stdout + missing.stderr,
      /OCI runtime exec failed: exec failed: .*exec: "nosuch": executable file not found in \$PATH/,
    );
    assert.equal((await exec(id, '/etc/passwd')).code, 126);
  });

  it('detaches', async () => {
    await s.stack.ok(['exec', '-d', id, 'sh', '-c', 'echo done > /tmp/detached']);
    await waitUntil(
      'the detached exec has run',
      async () => (await exec(id, 'cat', '/tmp/detached')).stdout === 'done\n',
    );
  });

  it('refuses a stopped container', async () => {
    const stopped = await s.stack.ok(['create', 'busybox']);
    const r = await exec(stopped, 'true');
    assert.match(r.stderr, /is not running/);
    assert.equal(r.code, 1);
    await s.stack.ok(['rm', stopped]);
  });

  it('one that was not started goes with the run of its container', async () => {
    const api = async (path: string, body: object) =>
      (await askSocket<{ Id?: string; message?: string } | null>(s.stack.socketPath, ['POST', path, body]))
        .body;
    const make = async () => (await api(`/containers/${own}/exec`, { Cmd: ['true'] }))!.Id!;
    const start = (exec: string) => api(`/exec/${exec}/start`, { Detach: true });
    const own = await s.stack.ok(['run', '-d', 'busybox', 'sleep', '1000']);

    assert.equal(await start(await make()), null);
    const left = await make();
    await s.stack.ok(['stop', '-t', '0', own]);
    assert.deepEqual(await start(left), { message: `No such exec instance: ${left}` });
    await s.stack.ok(['start', own]);
    assert.deepEqual(await start(left), { message: `No such exec instance: ${left}` });
    const paused = await make();
    await s.stack.ok(['pause', own]);
    assert.match((await start(paused))!.message!, /is paused/);
    await s.stack.ok(['unpause', own]);
    await s.stack.kill9('coal');
    await s.stack.start('coal');
    assert.equal(await start(paused), null);
    await s.stack.ok(['rm', '-f', own]);
  });

  it('runs fifty at once', async () => {
    const all = await Promise.all(
      Array.from({ length: 50 }, (_, i) => exec(id, 'sh', '-c', `echo ${i}; exit ${i}`)),
    );
    for (const [i, r] of all.entries()) assert.deepEqual([r.code, r.stdout], [i, `${i}\n`], r.stderr);
  });
});
