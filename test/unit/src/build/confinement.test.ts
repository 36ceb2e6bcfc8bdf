// src/build/{inside,receive-context,sources}.ts: no name, no link and no pattern leads out of a context.
import assert from 'node:assert/strict';
import { access, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { resolveInside } from '#src/build/inside.ts';
import { takeDockerfile } from '#src/build/receive-context.ts';
import { findSources } from '#src/build/sources.ts';

let outer = '';
let context = '';
before(async () => {
  outer = await mkdtemp('/tmp/sdct-unit-');
  context = join(outer, 'context');
  await mkdir(join(context, 'dir'), { recursive: true });
  await writeFile(join(outer, 'victim'), 'FROM outside');
  await writeFile(join(context, 'victim'), 'FROM inside');
  await writeFile(join(context, 'dir/file'), 'f');
  await symlink(outer, join(context, 'out'));
  await symlink('../../..', join(context, 'dir/up'));
  await symlink('/dir', join(context, 'absolute'));
  await symlink('loop', join(context, 'loop'));
});
after(() => rm(outer, { recursive: true, force: true }));

test('paths are those of the context, whatever they say', async () => {
  for (const [path, expected] of [
    ['victim', 'victim'],
    ['../victim', 'victim'],
    ['../../../../victim', 'victim'],
    ['out/victim', null],
    ['dir/up/victim', 'victim'],
    ['absolute/file', 'dir/file'],
    ['/dir/file', 'dir/file'],
    ['loop', null],
    ['nosuch', null],
  ] as const) {
    assert.equal(
      await resolveInside(context, path),
      expected === null ? null : join(context, expected),
      path,
    );
  }
});

test('patterns too', async () => {
  const names = async (pattern: string) => (await findSources(context, pattern)).map(({ path }) => path);
  assert.deepEqual(await names('../*ictim'), [join(context, 'victim')]);
  assert.deepEqual(await names('out/*'), []);
  assert.deepEqual(await names('abs*/f*'), [join(context, 'dir/file')]);
});

test('a Dockerfile that .dockerignore takes out is taken out of the context, not of the disk', async () => {
  await writeFile(join(context, '.dockerignore'), '**\n..\n../victim\n');
  assert.equal(await takeDockerfile(context, '../victim'), 'FROM inside');
  await access(join(outer, 'victim'));
});
