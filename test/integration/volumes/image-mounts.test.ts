// --mount type=image with the real docker CLI: the file system of one image, or a part of it, read-only in a container of another.
import assert from 'node:assert/strict';
import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { before, describe, it } from 'node:test';
import { pushBusybox } from '#test/harness/registry.ts';
import { run } from '#test/harness/stack.ts';
import { suite } from '#test/harness/suite.ts';

const s = suite('imgmount');
const ok = (...args: string[]): Promise<string> => s.stack.ok(args);
const docker = (...args: string[]) => s.stack.docker(args);
const image = (rest: string): string[] => ['--mount', `type=image,${rest}`];

/** Two images of files alone: one layer, and three. */
async function dataRoot(dir: string): Promise<void> {
  await mkdir(join(dir, 'etc/part'), { recursive: true });
  await writeFile(join(dir, 'etc/part/name'), 'inner\n');
  await writeFile(join(dir, 'word'), 'hello\n');
  await symlink('etc/part', join(dir, 'inside'));
  await symlink('../../../../../../..', join(dir, 'outside'));
}

describe('docker run --mount type=image', () => {
  before(async () => {
    for (const [name, layers] of [
      ['data', 1],
      ['layered', 3],
    ] as const) {
      await pushBusybox(s.registry, `library/${name}`, 'latest', { layers, root: dataRoot });
      await ok('pull', '-q', name);
    }
  });

  for (const name of ['data', 'layered']) {
    it(`shows the files of ${name}, which cannot be changed, to docker cp too`, async () => {
      const made = ['--name', `of-${name}`, ...image(`source=${name},target=/d`), 'busybox'];
      assert.equal(await ok('run', ...made, 'cat', '/d/word'), 'hello');
      const write = await docker(
        'run',
        '--rm',
        ...image(`source=${name},target=/d`),
        'busybox',
        'touch',
        '/d/x',
      );
      assert.match(write.stderr, /Read-only file system/);
      // At rest, and again.
      assert.match(await ok('cp', `of-${name}:/d/word`, '-'), /hello/);
      assert.equal(await ok('start', '-a', `of-${name}`), 'hello');
      const point = JSON.parse(await ok('inspect', '-f', '{{json .Mounts}}', `of-${name}`));
      const common = { Type: 'image', Name: name, Destination: '/d', Mode: '', RW: false };
      assert.deepEqual(point, [{ ...common, Source: '', Propagation: 'rprivate' }]);
      await ok('rm', `of-${name}`);
    });
  }

  it('mounts a directory or a file of it, found without leaving it', async () => {
    const show = (part: string, path: string) =>
      docker(
        'run',
        '--rm',
        ...image(`source=layered,target=/p,image-subpath=${part}`),
        'busybox',
        'cat',
        path,
      );
    assert.equal((await show('etc/part', '/p/name')).stdout, 'inner\n');
    assert.equal((await show('inside/name', '/p')).stdout, 'inner\n');
    assert.match((await show('outside', '/p/word')).stderr, /path concatenation escapes the base directory/);
    assert.match((await show('nothing', '/p')).stderr, /cannot access path nothing of image layered/);
    assert.match((await show('../x', '/p')).stderr, /subpath must be a relative path within the volume/);
  });

  it('keeps an image that is mounted, and lets it go with the last container', async () => {
    await ok('create', '--name', 'keeper', ...image('source=data,target=/d'), 'busybox', 'cat', '/d/word');
    assert.match(
      (await docker('rmi', 'data')).stderr,
      /container [0-9a-f]{12} is using its referenced image/,
    );
    await ok('rmi', '-f', 'data');
    assert.equal(await ok('start', '-a', 'keeper'), 'hello');
    await ok('rm', 'keeper');
    await ok('pull', '-q', 'data');
  });

  it('survives a kill of CoaL, also while it runs', async () => {
    await ok(
      'run',
      '-d',
      '--name',
      'lasting',
      ...image('source=layered,target=/d'),
      'busybox',
      'sleep',
      '1000',
    );
    await s.stack.kill9('coal');
    await s.stack.start('coal');
    assert.equal(await ok('exec', 'lasting', 'cat', '/d/word'), 'hello');
    await ok('restart', '-t', '0', 'lasting');
    assert.equal(await ok('exec', 'lasting', 'cat', '/d/word'), 'hello');
    await ok('rm', '-f', 'lasting');
  });

  it('refuses what is not here, and what the API version has not', async () => {
    const missing = await docker('create', ...image('source=nosuch,target=/d'), 'busybox');
    assert.match(missing.stderr, /No such image: nosuch:latest/);
    const body = {
      Image: 'busybox',
      HostConfig: { Mounts: [{ Type: 'image', Source: 'data', Target: '/d' }] },
    };
    const url = 'http://docker/v1.47/containers/create';
    const json = ['-H', 'content-type: application/json', '-d', JSON.stringify(body)];
    const old = await run('curl', ['-sS', '--unix-socket', s.stack.socketPath, ...json, url]);
    assert.deepEqual(JSON.parse(old.stdout), { message: 'Mount type "Image" needs API v1.48 or newer' });
  });
});
