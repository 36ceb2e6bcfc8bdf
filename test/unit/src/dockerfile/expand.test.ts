// src/dockerfile/expand.ts: quotes, escapes and variables, as buildkit's shell lexer reads them.
// biome-ignore-all lint/suspicious/noTemplateCurlyInString: these are the words of a Dockerfile
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { expandWord, expandWords, variablesOf } from '#src/dockerfile/expand.ts';

const variables = variablesOf(['A=1', 'EMPTY=', 'SPACES=x y', 'A=2']);

for (const [word, expected] of [
  ['plain', 'plain'],
  ['$A', '2'],
  ['${A}b', '2b'],
  ['$Ab', ''],
  ['\\$A', '$A'],
  ["'$A'", '$A'],
  ['"$A"', '2'],
  ['"a\\"b"', 'a"b'],
  ['"a\\b"', 'a\\b'],
  ["a'b c'd", 'ab cd'],
  ['$', '$'],
  ['a$', 'a$'],
  ['${NO:-other}', 'other'],
  ['${NO:-$A}', '2'],
  ['${EMPTY:-other}', 'other'],
  ['${EMPTY-other}', ''],
  ['${NO-other}', 'other'],
  ['${A:+set}', 'set'],
  ['${EMPTY:+set}', ''],
  ['${EMPTY+set}', 'set'],
  ['${NO:-${NO2:-deep}}', 'deep'],
  ['$SPACES', 'x y'],
] as const) {
  test(`expand ${word}`, () => assert.equal(expandWord(word, variables, '\\'), expected));
}

for (const [word, message] of [
  ["'open", /single-quote/],
  ['"open', /double-quote/],
  ['${A', /missing }/],
  ['${}', /bad substitution/],
  ['${A!x}', /unsupported modifier \(!x\)/],
  ['${NO:?why}', /NO: why/],
] as const) {
  test(`refuse ${word}`, () => assert.throws(() => expandWord(word, variables, '\\'), message));
}

test('words', () => {
  assert.deepEqual(expandWords('$SPACES "$SPACES" z', variables, '\\'), ['x', 'y', 'x y', 'z']);
  assert.deepEqual(expandWords('"" a', variables, '\\'), ['', 'a']);
  assert.equal(expandWord('`$A\\', variables, '`'), '$A\\');
});
