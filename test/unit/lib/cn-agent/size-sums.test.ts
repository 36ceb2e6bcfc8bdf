// Sums of file sizes as find prints them, in pieces cut anywhere.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SizeSums } from '#lib/cn-agent/size-sums.ts';

const OUTPUT = './12/fs 100 1 7\n./12/fs 50 2 8\n./3/fs 1 1 7\n./12/fs 50 2 8\n./3/fs 9 3 8\n';

test('each inode counts once per directory, wherever the output is cut', () => {
  for (const size of [1, 3, 1000]) {
    const sums = new SizeSums();
    for (let at = 0; at < OUTPUT.length; at += size) sums.take(OUTPUT.slice(at, at + size));
    assert.deepEqual([sums.of('./12/fs'), sums.of('./3/fs'), sums.of('./4/fs')], [150, 10, 0], `by ${size}`);
  }
});
