// The reporter that gives what failed, and nothing else.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';

test('each failed test once with where it is and why; nothing of those that pass and of the suites around', (t) => {
  const dir = mkdtempSync('/tmp/sdct-failures-');
  t.after(() => rmSync(dir, { recursive: true }));
  const report = (name: string, text: string) => {
    const file = join(dir, name);
    writeFileSync(
      file,
      `import assert from 'node:assert/strict'; import { describe, it } from 'node:test';\n${text}`,
    );
    const { NODE_TEST_CONTEXT: _, ...env } = process.env;
    const args = ['--test', '--test-reporter=./tools/check/failures.ts', file];
    return spawnSync(process.execPath, args, { env, encoding: 'utf8' }).stdout;
  };

  const mixed = report(
    'mixed.test.ts',
    `describe('suite', () => {
  it('passes', () => {});
  it('fails', () => assert.equal(1, 2, 'one is not two'));
  it('throws', () => { throw 'a word'; });
});`,
  );
  assert.match(mixed, /mixed\.test\.ts:4: fails\n {4}AssertionError \[ERR_ASSERTION\]: one is not two\n/);
  assert.match(mixed, /mixed\.test\.ts:5: throws\n {4}a word\n/);
  assert.doesNotMatch(mixed, /passes|: suite/);

  assert.equal(report('good.test.ts', `it('passes', () => {});`), '');
  assert.match(report('broken.test.ts', 'process.exit(3);'), /broken\.test\.ts/);
});
