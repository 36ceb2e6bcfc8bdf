// The mount of a VM's own layer over its image's.
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { after, it } from 'node:test';
import { isInZone, makeWritableLayer, writableMounts } from '#lib/cn-agent/writable-layer.ts';

const dir = mkdtempSync('/tmp/sdct-layer-');
after(() => rmSync(dir, { recursive: true }));

it('is an overlay, or the directory alone when the image has no layers', () => {
  assert.deepEqual(writableMounts('/z/u', { dirs: ['/s/2/fs', '/s/1/fs'], hasIndex: true }), [
    {
      type: 'overlay',
      source: 'overlay',
      options: ['index=off', 'workdir=/z/u/work', 'upperdir=/z/u/fs', 'lowerdir=/s/2/fs:/s/1/fs'],
    },
  ]);
  assert.deepEqual(
    writableMounts('/z/u', { dirs: ['/s/1/fs'], hasIndex: false })[0]!.options[0],
    'workdir=/z/u/work',
  );
  assert.deepEqual(writableMounts('/z/u', { dirs: [], hasIndex: true }), [
    { type: 'bind', source: '/z/u/fs', options: ['rw', 'rbind'] },
  ]);
});

it('is told from the snapshot of an earlier version', () => {
  assert.equal(isInZone('/z/u', writableMounts('/z/u', { dirs: ['/s/1/fs'], hasIndex: true })), true);
  assert.equal(isInZone('/z/u', writableMounts('/z/u', { dirs: [], hasIndex: true })), true);
  const options = ['workdir=/s/9/work', 'upperdir=/s/9/fs', 'lowerdir=/s/1/fs'];
  assert.equal(isInZone('/z/u', [{ type: 'overlay', source: 'overlay', options }]), false);
  assert.equal(isInZone('/z/u', [{ type: 'bind', source: '/s/9/fs', options: ['rw'] }]), false);
});

it('makes its directories', async () => {
  const lower = join(dir, 'lower');
  const zone = join(dir, 'zone');
  mkdirSync(lower);
  mkdirSync(zone);
  await makeWritableLayer(zone, { dirs: [lower], owner: { uid: 12, gid: 34 }, etc: null, hasIndex: true });
  assert.equal(statSync(join(zone, 'fs')).mode & 0o7777, 0o755);
  assert.deepEqual([statSync(join(zone, 'fs')).uid, statSync(join(zone, 'fs')).gid], [12, 34]);
  assert.ok(statSync(join(zone, 'work')).isDirectory());
});
