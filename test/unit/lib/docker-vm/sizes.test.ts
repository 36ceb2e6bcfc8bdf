// Sizes as people write them.
import assert from 'node:assert/strict';
import test from 'node:test';
import { bytesIn } from '#lib/docker-vm/sizes.ts';

for (const [text, bytes] of [
  ['0', 0],
  ['1024', 1024],
  ['10G', 10 * 2 ** 30],
  ['512m', 512 * 2 ** 20],
  ['1.5 GiB', 1.5 * 2 ** 30],
  ['2kb', 2048],
  ['3TB', 3 * 2 ** 40],
  ['', null],
  ['-1G', null],
  ['big', null],
  ['10X', null],
] as const)
  test(`size ${JSON.stringify(text)}`, () => assert.equal(bytesIn(text), bytes));
