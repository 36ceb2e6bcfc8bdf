// docker top: the host's ps with any arguments, of the container's processes only, running nothing of its image.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { waitUntil } from '#test/harness/stack.ts';
import { suite } from '#test/harness/suite.ts';

describe('docker top', () => {
  const s = suite('top');
  const docker = (...args: string[]) => s.stack.docker(args);
  const ok = (...args: string[]) => s.stack.ok(args);
  const words = (text: string) => text.split('\n').map((line) => line.trim().split(/\s+/));

  it('answers with the columns of ps', async () => {
    await ok('run', '-d', '--name', 't1', 'busybox', 'sh', '-c', 'sleep 1000 & sleep 2000 & wait');
    await waitUntil('all three run', async () => (await ok('top', 't1')).split('\n').length === 4);
    const pid = await ok('inspect', '-f', '{{.State.Pid}}', 't1');
    assert.match(await ok('top', 't1'), /^UID +PID +PPID +C +STIME +TTY +TIME +CMD\n/);
    assert.match(
      await ok('top', 't1', 'aux'),
      /^USER +PID +%CPU +%MEM +VSZ +RSS +TTY +STAT +START +TIME +COMMAND\n/,
    );
    assert.deepEqual(words(await ok('top', 't1', '-o', 'comm,pid'))[1], ['sh', pid]);
    assert.deepEqual(
      words(await ok('top', 't1', '-C', 'sleep', '-o', 'pid,args'))
        .slice(1)
        .map((row) => row.slice(1)),
      [
        ['sleep', '1000'],
        ['sleep', '2000'],
      ],
    );
    assert.match(await ok('top', 't1', 'faux'), /\\_ sleep 1000/);
    await ok('rm', '-f', 't1');
  });

  it('errs as dockerd does', async () => {
    await ok('run', '-d', '--name', 't2', 'busybox', 'sleep', '1000');
    const cases: [string, RegExp][] = [
      ['-o ppid', /Couldn't find PID field in ps output/],
      ['-o comm=PID,pid', /specifying "comm=PID,pid" is not allowed/],
      ['-o', /ps: error: format specification must follow -o/],
      ['--nosuch', /ps: error: /],
    ];
    for (const [args, text] of cases) {
      const r = await docker('top', 't2', ...args.split(' '));
      assert.equal(r.code, 1, args);
      assert.match(r.stderr, text, args);
    }
    await ok('kill', 't2');
    assert.match((await docker('top', 't2')).stderr, /container [0-9a-f]{64} is not running/);
    await ok('rm', 't2');
    assert.match((await docker('top', 'nosuch')).stderr, /No such container: nosuch/);
  });

  it('works without a ps, and without anything, in the image; shows an exec, and a paused container', async () => {
    await ok('run', '-d', '--name', 't3', 'busybox', 'sh', '-c', 'rm -f /bin/ps; sleep 1000');
    const exec = s.stack.spawn(['exec', 't3', 'sleep', '777']);
    await waitUntil('the exec is there', async () => /sleep 777/.test(await ok('top', 't3')));
    await ok('pause', 't3');
    assert.match(await ok('top', 't3', '-o', 'pid,stat'), /\d+ +D/);
    exec.kill();
    await ok('rm', '-f', 't3');
  });

  it('shows no process of another container, whatever that calls itself', async () => {
    await ok('run', '-d', '--name', 'victim', 'busybox', 'sleep', '1000');
    const pid = await ok('inspect', '-f', '{{.State.Pid}}', 'victim');
    // A name of 15 characters at most; comm comes before pid in the table below.
    const forge = `printf 'x ${pid}' > /proc/self/comm; while :; do sleep 0.1; done`;
    await ok('run', '-d', '--name', 'hostile', 'busybox', 'sh', '-c', forge);
    const named = new RegExp(`\\nx +${pid} \\d`);
    await waitUntil('it has its name', async () => named.test(await ok('top', 'hostile', '-o', 'comm,pid')));
    for (const args of ['-eo comm,pid', '-A -o comm,pid --forest', '-C sleep -o comm,pid', 'axo comm,pid']) {
      const rows = words(await ok('top', 'victim', ...args.split(' '))).slice(1);
      assert.ok(rows.length <= 1 && rows.every((row) => row[0] !== 'x'), `${args}: ${JSON.stringify(rows)}`);
    }
    await ok('rm', '-f', 'victim', 'hostile');
  });
});
