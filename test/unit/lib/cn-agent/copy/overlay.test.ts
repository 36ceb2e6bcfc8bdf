// A snapshot's mount in mount(2)'s words, however many layers it has, and its layers one by one.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { layersOf, rootMount } from '#lib/cn-agent/copy/overlay.ts';
import type { Mount } from '#lib/containerd/types.ts';

const SNAPSHOTS = '/var/lib/sdc-docker/coal/containerd/io.containerd.snapshotter.v1.overlayfs/snapshots';
const overlay = (lowers: string[]): Mount[] => [
  {
    type: 'overlay',
    source: 'overlay',
    options: [
      'index=off',
      `workdir=${SNAPSHOTS}/9/work`,
      `upperdir=${SNAPSHOTS}/9/fs`,
      `lowerdir=${lowers.join(':')}`,
    ],
  },
];

describe('rootMount', () => {
  it('names the lower layers from their common directory', () => {
    const mount = rootMount(overlay([`${SNAPSHOTS}/2/fs`, `${SNAPSHOTS}/1/fs`]));
    assert.deepEqual(mount, {
      type: 'overlay',
      source: 'overlay',
      options: `index=off,workdir=${SNAPSHOTS}/9/work,upperdir=${SNAPSHOTS}/9/fs,lowerdir=2/fs:1/fs`,
      directory: SNAPSHOTS,
    });
  });
  it('fits a page with as many layers as an image can have', () => {
    const lowers = Array.from({ length: 127 }, (_, i) => `${SNAPSHOTS}/${1000 + i}/fs`);
    assert.ok(rootMount(overlay(lowers)).options.length < 4096);
  });
  it('takes one layer, and layers that have nothing in common', () => {
    assert.equal(rootMount(overlay(['/a/b'])).directory, '/a');
    const far = rootMount(overlay(['/a/b', '/c/d']));
    assert.equal(far.directory, '/');
    assert.ok(far.options.endsWith('lowerdir=/a/b:/c/d'));
    // A directory that begins alike is not a common one.
    assert.equal(rootMount(overlay(['/a/b/1', '/a/bc/2'])).directory, '/a');
  });
  it('knows the bind of a container without an image, and nothing else', () => {
    const bind: Mount[] = [{ type: 'bind', source: '/s/1/fs', options: ['rw', 'rbind'] }];
    assert.deepEqual(rootMount(bind), { type: 'bind', source: '/s/1/fs', options: '', directory: '/' });
    assert.throws(() => rootMount([]), /0 mounts/);
    assert.throws(() => rootMount([{ type: 'zfs', source: 'x', options: [] }]), /type zfs/);
  });
});

describe('layersOf', () => {
  it('gives the writable layer and the image below it', () => {
    assert.deepEqual(layersOf(overlay([`${SNAPSHOTS}/2/fs`, `${SNAPSHOTS}/1/fs`])), {
      upper: `${SNAPSHOTS}/9/fs`,
      options: 'lowerdir=2/fs:1/fs',
      directory: SNAPSHOTS,
      lowers: ['2/fs', '1/fs'],
    });
  });
  it('has nothing below an empty root', () => {
    const { upper, lowers } = layersOf([{ type: 'bind', source: '/s/1/fs', options: ['rbind'] }]);
    assert.deepEqual([upper, lowers], ['/s/1/fs', []]);
  });
});
