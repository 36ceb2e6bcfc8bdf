// Whether a bind can share mounts with the node, by what the kernel says of the mount that its source is on.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { refusal } from '#lib/cn-agent/check-propagation.ts';

const MOUNTS = [
  '20 1 8:1 / / rw,relatime - ext4 /dev/sda1 rw',
  '21 20 0:5 / /shared rw shared:7 - tmpfs tmpfs rw',
  '22 20 0:6 / /slave rw master:7 - tmpfs tmpfs rw',
  '23 20 0:7 / /with\\040space rw shared:8 master:7 - tmpfs tmpfs rw',
  '24 21 0:8 / /shared/inner rw unbindable - tmpfs tmpfs rw',
  '25 20 0:9 / /over rw - tmpfs tmpfs rw',
  '26 25 0:10 / /over rw shared:9 - tmpfs tmpfs rw',
  '',
].join('\n');

const CASES: [path: string, shared: string | null, slave: string | null][] = [
  ['/x', '/', '/'],
  ['/shared', null, null],
  ['/shared/deep', null, null],
  ['/sharedish', '/', '/'],
  ['/slave/x', '/slave', null],
  ['/with space', null, null],
  ['/shared/inner/x', '/shared/inner', '/shared/inner'],
  ['/over', null, null],
];
for (const [path, shared, slave] of CASES) {
  test(`a bind of ${path}`, () => {
    const says = (propagation: string, source = path) => refusal(MOUNTS, { source, propagation }, path);
    const text = (point: string | null, kind: string) =>
      point && `path ${path} is mounted on ${point} but it is not ${kind} mount`;
    assert.equal(says('rshared', `${path}/`), text(shared, 'a shared'));
    assert.equal(says('shared'), text(shared, 'a shared'));
    assert.equal(says('rslave'), text(slave, 'a shared or slave'));
  });
}
