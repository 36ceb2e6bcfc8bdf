// docker ps --size, docker inspect --size: what a container wrote, counted only when it is asked for.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { suite } from '#test/harness/suite.ts';

describe('sizes of containers', () => {
  const s = suite('size');
  const ok = (...args: string[]) => s.stack.ok(args);
  const inspect = async (name: string) =>
    JSON.parse(await ok('inspect', '-s', name))[0] as { SizeRw: number; SizeRootFs: number };

  it('counts each file once, as long as it says it is, and no directory', async () => {
    const image = Number(await ok('image', 'inspect', '-f', '{{.Size}}', 'busybox'));
    await ok('create', '--name', 'z1', 'busybox', 'sleep', '1000');
    assert.equal((await inspect('z1')).SizeRw, 0);
    await ok('start', 'z1');
    assert.match(await ok('ps', '-s', '--format', '{{.Size}}'), /^0B \(virtual \d/);
    const write = [
      'head -c 1000000 /dev/zero > /a',
      'ln /a /b',
      'ln -s /a /c',
      'mkdir /d',
      'echo hi > /d/e',
      'rm /bin/ls',
      'truncate -s 5000000 /hole',
    ];
    await ok('exec', 'z1', 'sh', '-c', write.join('; '));
    const written = 1_000_000 + '/a'.length + 'hi\n'.length + 5_000_000;
    const { SizeRw, SizeRootFs } = await inspect('z1');
    assert.equal(SizeRw, written);
    assert.equal(SizeRootFs, image + written);
    assert.match(await ok('ps', '-s', '--format', '{{.Size}}'), /^6MB \(virtual 8\.\d+MB\)$/);
    await ok('stop', '-t', '0', 'z1');
    assert.equal((await inspect('z1')).SizeRw, written, 'also when it has stopped');
    assert.equal('SizeRw' in JSON.parse(await ok('inspect', 'z1'))[0], false, 'only when asked');
    await ok('rm', 'z1');
  });

  it('a link out of the container is not followed', async () => {
    await ok('run', '--name', 'z2', 'busybox', 'ln', '-s', '/usr', '/out');
    assert.equal((await inspect('z2')).SizeRw, '/usr'.length);
    await ok('rm', 'z2');
  });

  it('many containers at once', async () => {
    const names = Array.from({ length: 12 }, (_, i) => `many${i}`);
    for (const [i, name] of names.entries())
      await ok(
        'run',
        '--name',
        name,
        '--network',
        'none',
        'busybox',
        'sh',
        '-c',
        `head -c ${i * 1000} /dev/zero > /x`,
      );
    const lines = (await ok('ps', '-a', '-s', '--format', '{{.Names}} {{.Size}}')).split('\n');
    for (const [i, name] of names.entries()) {
      const size = i === 0 ? '0B' : `${i}kB`;
      assert.ok(
        lines.some((line) => line.startsWith(`${name} ${size} (`)),
        `${name} ${size} in ${lines}`,
      );
    }
    const pruned = await ok('container', 'prune', '-f');
    assert.match(pruned, /^Total reclaimed space: 66kB$/m);
  });

  it('docker logs --details shows what the log options chose', async () => {
    const options = ['--log-opt', 'labels=a.b', '--log-opt', 'env=FOO'];
    const given = ['--label', 'a.b=x y', '--label', 'c=d', '-e', 'FOO=bar', '-e', 'BAR=no'];
    await ok(
      'run',
      '--name',
      'd1',
      ...options,
      ...given,
      'busybox',
      'sh',
      '-c',
      'echo one; echo; printf end',
    );
    assert.equal(
      await ok('logs', '--details', 'd1'),
      'FOO=bar,a.b=x+y one\nFOO=bar,a.b=x+y \nFOO=bar,a.b=x+y end',
    );
    assert.match(await ok('logs', '--details', '-t', 'd1'), /^\S+Z FOO=bar,a\.b=x\+y one\n/);
    await ok('run', '-t', '--name', 'd2', 'busybox', 'echo', 'none');
    assert.equal((await s.stack.docker(['logs', '--details', 'd2'])).stdout, ' none\r\n');
    await ok('rm', 'd1', 'd2');
  });
});
