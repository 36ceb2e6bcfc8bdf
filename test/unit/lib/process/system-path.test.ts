// lib/process/system-path.ts: a poor PATH still finds the programs of the system.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { completePath, isOnPath } from '#lib/process/system-path.ts';

test('adds the folders that are missing, behind the own ones', () => {
  assert.equal(
    completePath('/opt/x:/usr/bin'),
    '/opt/x:/usr/bin:/usr/local/sbin:/usr/sbin:/sbin:/usr/local/bin:/bin',
  );
  assert.equal(completePath(undefined), '/usr/local/sbin:/usr/sbin:/sbin:/usr/local/bin:/usr/bin:/bin');
});

test('knows what is there', () => {
  assert.ok(isOnPath('sh', completePath('')));
  assert.ok(!isOnPath('sh', '/nonexistent'));
  assert.ok(!isOnPath('no-such-program', completePath('')));
});
