// Which limit a VM's writable layer gets.
import assert from 'node:assert/strict';
import test from 'node:test';
import { diskQuota } from '#lib/cn-agent/quota/vm-quota.ts';

const GIB = 2 ** 30;
for (const [what, quota, storageOpt, bytes] of [
  ['neither package nor option', null, undefined, 0],
  ['a package without a limit', 0, null, 0],
  ["the package's, in GiB", 10, {}, 10 * GIB],
  ['an option wins', 10, { size: '1G' }, GIB],
  ['in any case of its name', 10, { Size: '2g' }, 2 * GIB],
  ['0 takes the limit away', 10, { size: '0' }, 0],
] as const)
  test(what, () => assert.equal(diskQuota({ quota }, { StorageOpt: storageOpt as never }), bytes));
