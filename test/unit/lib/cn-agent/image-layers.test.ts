// Which layers of images are in use, and that nobody finds those that are going.
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { after, describe, it } from 'node:test';
import { ImageLayers } from '#lib/cn-agent/image-layers.ts';
import type { Mount } from '#lib/containerd/types.ts';

const dir = mkdtempSync('/tmp/sdct-bases-');
after(() => rmSync(dir, { recursive: true }));
for (const name of ['1', '2']) mkdirSync(`${dir}/${name}`);

const ONE: Mount[] = [{ type: 'bind', source: `${dir}/1`, options: ['ro', 'rbind'] }];
const TWO: Mount[] = [
  { type: 'overlay', source: 'overlay', options: ['index=off', `lowerdir=${dir}/2:${dir}/1`] },
];

function layers(mounts: Mount[] | Error) {
  const calls: string[] = [];
  const snapshots = {
    view: async (key: string, parent: string) => {
      calls.push(`view ${key} of ${parent}`);
      if (mounts instanceof Error) throw mounts;
      return mounts;
    },
    remove: async (key: string) => void calls.push(`remove ${key}`),
  };
  return { layers: new ImageLayers(snapshots), calls };
}

describe('baseOf', () => {
  it('asks once, and leaves no snapshot behind', async () => {
    const { layers: found, calls } = layers(TWO);
    const both = await Promise.all([found.baseOf('top', 'a'), found.baseOf('top', 'b')]);
    for (const base of [...both, await found.baseOf('top', 'c')]) {
      assert.deepEqual(base.dirs, [`${dir}/2`, `${dir}/1`]);
      assert.deepEqual(base.owner, { uid: process.getuid!(), gid: process.getgid!() });
    }
    assert.deepEqual(calls, ['remove a', 'view a of top', 'remove a']);
  });
  it('knows the view of a single layer, and an image without any', async () => {
    assert.deepEqual((await layers(ONE).layers.baseOf('base', 'a')).dirs, [`${dir}/1`]);
    const { layers: empty, calls } = layers(ONE);
    assert.deepEqual((await empty.baseOf(null, 'a')).dirs, []);
    assert.deepEqual(calls, []);
  });
  it('asks again after a failure', async () => {
    const { layers: found, calls } = layers(new Error('not found'));
    await assert.rejects(found.baseOf('top', 'a'), /not found/);
    await assert.rejects(found.baseOf('top', 'b'), /not found/);
    assert.deepEqual(calls, ['remove a', 'view a of top', 'remove b', 'view b of top']);
  });
});

describe('unlessUsed', () => {
  it('keeps what a VM stands on until the last one is gone', async () => {
    const { layers: found } = layers(ONE);
    let removed = 0;
    const remove = async () => void removed++;
    const [first, second] = [found.use('top'), found.use('top')];
    assert.equal(await found.unlessUsed('top', remove), false);
    first();
    first();
    assert.equal(await found.unlessUsed('top', remove), false);
    second();
    assert.equal(await found.unlessUsed('top', remove), true);
    assert.equal(removed, 1);
  });
  it('makes who comes during the removal wait, and ask anew', async () => {
    const { layers: found, calls } = layers(ONE);
    await found.baseOf('top', 'a');
    const { promise, resolve } = Promise.withResolvers<void>();
    const gone = found.unlessUsed('top', () => promise.then(() => void calls.push('gone')));
    found.use('top');
    const dirs = found.baseOf('top', 'b');
    resolve();
    await Promise.all([gone, dirs]);
    assert.deepEqual(calls.slice(3), ['gone', 'remove b', 'view b of top', 'remove b']);
  });
});
