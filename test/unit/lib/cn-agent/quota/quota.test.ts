// Where no limit was made, nothing is asked and nothing given back.
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'node:test';
import { canLimit, isLimited, releaseTree } from '#lib/cn-agent/quota/quota.ts';

test('a folder without a limit', async (t) => {
  const home = await mkdtemp(join(tmpdir(), 'sdct-quota-'));
  t.after(() => rm(home, { recursive: true }));
  assert.equal(await isLimited(home), false);
  await releaseTree(home, join(home, 'fs'));
});

test('a place where nothing can be limited is no error', async () => {
  assert.equal(await canLimit(['/proc']), false);
  assert.equal(await canLimit(['/nowhere']), false);
});
