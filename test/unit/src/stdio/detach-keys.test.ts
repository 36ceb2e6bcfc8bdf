// The detach key sequence, typed whole, in pieces, and almost.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DEFAULT_DETACH_KEYS, DetachScanner, parseDetachKeys } from '#src/stdio/detach-keys.ts';

test('parsing', () => {
  assert.deepEqual(parseDetachKeys(''), DEFAULT_DETACH_KEYS);
  assert.deepEqual(parseDetachKeys('ctrl-p,ctrl-q'), Buffer.from([16, 17]));
  assert.deepEqual(parseDetachKeys('ctrl-@,ctrl-[,ctrl-_'), Buffer.from([0, 27, 31]));
  assert.deepEqual(parseDetachKeys('a,b'), Buffer.from('ab'));
  for (const text of ['ctrl-', 'ctrl-1', 'ab', 'a,', 'ctrl-pq', 'ctrl-A', 'Ctrl-a', 'del'])
    assert.equal(parseDetachKeys(text), null, text);
});

const P = '\x10';
const Q = '\x11';
const cases: [string, string[], string, boolean][] = [
  ['no keys', ['abc'], 'abc', false],
  ['alone', [`${P}${Q}`], '', true],
  ['behind text', [`ab${P}${Q}cd`], 'ab', true],
  ['in two pieces', [`ab${P}`, Q], 'ab', true],
  ['only the first key, then text', [`a${P}`, 'b'], `a${P}b`, false],
  ['first key twice', [`${P}${P}${Q}`], P, true],
  ['held back at the end', [`ab${P}`], 'ab', false],
];
for (const [name, pieces, forwarded, detached] of cases) {
  test(`scanning: ${name}`, () => {
    const scanner = new DetachScanner(DEFAULT_DETACH_KEYS);
    const results = pieces.map((piece) => scanner.scan(Buffer.from(piece)));
    assert.equal(results.map((result) => result.forward.toString()).join(''), forwarded);
    assert.equal(results.at(-1)?.detached, detached);
  });
}
