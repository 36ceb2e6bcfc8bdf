// lib/process/fatal.ts: one line for what the machine or a setting is to blame for, everything for a mistake of ours.
import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { test } from 'node:test';
import { parseArgs } from 'node:util';
import { describeFatal, FatalError } from '#lib/process/fatal.ts';

function thrown(act: () => unknown): unknown {
  try {
    act();
  } catch (err) {
    return err;
  }
  return assert.fail('nothing was thrown');
}

test('says what a person can act on in one line', () => {
  assert.equal(describeFatal(new FatalError('set this')), 'set this');
  assert.equal(describeFatal(new Error('the file x is not valid')), 'the file x is not valid');
  assert.equal(
    describeFatal(thrown(() => mkdirSync('/dev/null/x'))),
    'cannot mkdir /dev/null/x: not a directory',
  );
  assert.equal(
    describeFatal(thrown(() => parseArgs({ args: ['--lissten', 'x'], options: {} }))),
    "Unknown option '--lissten'",
  );
});

test('shows a mistake of ours with its place', () => {
  assert.match(describeFatal(thrown(() => (null as unknown as { x: { y: 1 } }).x.y)), /TypeError.*\n\s+at /);
});
