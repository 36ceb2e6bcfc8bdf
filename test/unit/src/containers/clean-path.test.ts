// Paths as dockerd keeps them.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cleanPath } from '#src/containers/clean-path.ts';

for (const [path, want] of [
  ['/', '/'],
  ['/a/', '/a'],
  ['/a/../b//c/.', '/b/c'],
] as const) {
  test(path, () => assert.equal(cleanPath(path), want));
}
