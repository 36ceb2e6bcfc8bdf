// docker logs: what was printed, in order, by line, by time, followed.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { waitUntil } from '#test/harness/stack.ts';
import { suite } from '#test/harness/suite.ts';

describe('docker logs', () => {
  const s = suite('logs');
  const ok = (...args: string[]) => s.stack.ok(args);

  it('keeps streams apart and in order', async () => {
    const id = await ok('create', 'busybox', 'sh', '-c', 'for i in 1 2 3; do echo o$i; echo e$i >&2; done');
    await s.stack.docker(['start', '-a', id]);
    const r = await s.stack.docker(['logs', id]);
    assert.equal(r.stdout, 'o1\no2\no3\n');
    assert.equal(r.stderr, 'e1\ne2\ne3\n');
  });

  it('gives the last lines with --tail', async () => {
    const id = await ok('run', '-d', 'busybox', 'seq', '1', '100000');
    await ok('wait', id);
    assert.equal(await ok('logs', '--tail', '3', id), '99998\n99999\n100000');
    assert.equal(await ok('logs', '--tail', '0', id), '');
    assert.equal((await ok('logs', id)).split('\n').length, 100000);
    assert.equal((await ok('logs', '--tail', '70000', id)).split('\n')[0], '30001');
  });

  it('stamps lines and takes since and until', async () => {
    const id = await ok(
      'run',
      '-d',
      'busybox',
      'sh',
      '-c',
      'echo one; sleep 1; echo two; sleep 1; echo three',
    );
    await ok('wait', id);
    const lines = (await ok('logs', '-t', id)).split('\n');
    const stamps = lines.map((line) => line.split(' ')[0]!);
    assert.deepEqual(
      lines.map((line) => line.split(' ')[1]),
      ['one', 'two', 'three'],
    );
    for (const stamp of stamps) assert.match(stamp, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z$/);
    assert.ok(Date.parse(stamps[1]!) - Date.parse(stamps[0]!) > 800);
    assert.equal(await ok('logs', '--since', stamps[1]!, id), 'two\nthree');
    assert.equal(await ok('logs', '--until', stamps[1]!, id), 'one\ntwo');
  });

  it('follows until the end', async () => {
    const id = await ok(
      'run',
      '-d',
      'busybox',
      'sh',
      '-c',
      'for i in 1 2 3 4 5; do echo line $i; sleep 0.1; done; printf tail-without-newline',
    );
    const r = await s.stack.docker(['logs', '-f', id]);
    assert.equal(r.stdout, 'line 1\nline 2\nline 3\nline 4\nline 5\ntail-without-newline');
  });

  it('follows across a restart of the container', async () => {
    const id = await ok('run', '-d', 'busybox', 'sh', '-c', 'echo a; sleep 1000');
    await waitUntil('it printed', async () => (await ok('logs', id)) === 'a');
    const follower = s.stack.spawn(['logs', '-f', id]);
    let seen = '';
    follower.stdout!.on('data', (chunk) => {
      seen += chunk;
    });
    await waitUntil('the follower has caught up', () => seen === 'a\n');
    await ok('kill', id);
    await waitUntil('the follower ends with the container', () => follower.exitCode !== null);
    await ok('rm', '-f', id);
  });
});
