// src/build/dockerignore.ts: moby's patterns, exceptions, parents, and the last rule that fits.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseIgnore } from '#src/build/dockerignore.ts';

for (const [text, ignored, kept] of [
  ['a', ['a', 'a/b', './a'], ['b', 'ab', 'b/a']],
  ['/a', ['a'], ['b/a']],
  ['*.md', ['x.md'], ['d/x.md', 'x.mdx']],
  ['**/*.md', ['x.md', 'd/e/x.md'], ['x.txt']],
  ['**', ['x', 'd/x'], []],
  ['d/**', ['d/x', 'd/e/x'], ['d', 'x']],
  ['a/**/b', ['a/b', 'a/x/b', 'a/x/y/b'], ['a/c', 'b']],
  ['?x', ['ax'], ['x', '/x', 'aax']],
  ['[ab]c', ['ac', 'bc'], ['cc']],
  ['*\n!keep', ['x', 'keeper'], ['keep', 'keep/x']],
  ['!a\na', ['a'], []],
  ['# a comment\n\n  b  \n', ['b'], ['# a comment', 'a']],
  ['a/../b/', ['b', 'b/x'], ['a']],
  ['[open', [], ['[open', 'a']],
  ['a\\*', ['a*'], ['ab']],
] as const) {
  test(JSON.stringify(text), () => {
    const ignores = parseIgnore(text);
    for (const path of ignored) assert.ok(ignores(path), `${path} is ignored`);
    for (const path of kept) assert.ok(!ignores(path), `${path} is kept`);
  });
}
