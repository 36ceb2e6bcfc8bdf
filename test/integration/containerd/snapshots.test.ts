// Snapshots and the unpacking of layers against a real containerd.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { type OwnContainerd, ownContainerd } from './own-containerd.ts';

let own: OwnContainerd;
let tar: Buffer;

const sha256 = (bytes: Buffer) => `sha256:${createHash('sha256').update(bytes).digest('hex')}`;

before(async () => {
  own = await ownContainerd();
  const folder = join(own.dir, 'layer');
  mkdirSync(folder);
  writeFileSync(join(folder, 'hello'), 'hello from a layer\n');
  tar = execFileSync('tar', ['-C', folder, '-cf', '-', '.']);
});
after(() => own?.stop());

const forms = [
  { name: 'plain', mediaType: 'application/vnd.oci.image.layer.v1.tar', pack: (bytes: Buffer) => bytes },
  { name: 'gzip', mediaType: 'application/vnd.docker.image.rootfs.diff.tar.gzip', pack: gzipSync },
  { name: 'zstd', mediaType: 'application/vnd.oci.image.layer.v1.tar+zstd', pack: zstdCompressSync },
];
for (const { name, mediaType, pack } of forms) {
  test(`a ${name} layer is unpacked, and the digest of its plain tar is known`, async (t) => {
    const { content, snapshots, diff } = own.containerd;
    const blob = Buffer.from(pack(tar));
    const digest = sha256(blob);
    const source = async function* (): AsyncIterable<Buffer> {
      yield blob;
    };
    await content.write({ ref: name, digest, size: blob.length, source: async () => source() });
    const mounts = await snapshots.prepare(`unpack-${name}`, null);
    const applied = await diff.apply({ mediaType, digest, size: blob.length }, mounts);
    // containerd 1.6 reads a trailing padding that tar wrote only for compressed forms: the digest is always of the whole tar.
    assert.equal(applied.digest, sha256(tar));
    assert.equal(readFileSync(join(mounts[0]!.source, 'hello'), 'utf8'), 'hello from a layer\n');
    await snapshots.commit(`layer-${name}`, `unpack-${name}`, { 'sdc/test': name });
    const info = await snapshots.stat(`layer-${name}`);
    assert.equal(info!.kind, 'committed');
    assert.equal(info!.labels['sdc/test'], name);
    assert.ok(info!.labels['containerd.io/gc.root']);
    assert.ok(Math.abs(info!.createdAt.getTime() - Date.now()) < 60_000);
    t.diagnostic(JSON.stringify(await snapshots.usage(`layer-${name}`)));
  });
}

test('a child of a layer is an overlay; a view of it is read-only', async () => {
  const { snapshots } = own.containerd;
  const labels = { 'sdc/who': 'me' };
  const mounts = await snapshots.prepare('child', 'busybox', labels);
  assert.equal(mounts[0]!.type, 'overlay');
  assert.deepEqual(await snapshots.mounts('child'), mounts);
  const info = await snapshots.stat('child');
  assert.equal(info!.parent, 'busybox');
  assert.equal(info!.kind, 'active');
  assert.equal(info!.labels['sdc/who'], 'me');
  await snapshots.view('look', 'child-of-nobody').then(
    () => assert.fail('a view of a missing parent'),
    (err: { code: string }) => assert.equal(err.code, 'NOT_FOUND'),
  );
  const view = await snapshots.view('look', 'busybox');
  assert.ok(view[0]!.options.includes('ro'));
  assert.equal((await snapshots.stat('look'))!.kind, 'view');
});

test('the names of a snapshot are unique, a layer with children stays, removing a missing one is fine', async () => {
  const { snapshots } = own.containerd;
  await snapshots.prepare('twice', 'busybox');
  await assert.rejects(snapshots.prepare('twice', 'busybox'), { code: 'ALREADY_EXISTS' });
  await assert.rejects(snapshots.remove('busybox'), { code: 'FAILED_PRECONDITION' });
  await snapshots.remove('twice');
  await snapshots.remove('twice');
  assert.equal(await snapshots.stat('twice'), null);
  assert.ok((await snapshots.list()).some((found) => found.name === 'busybox'));
});

test('the collector leaves what we made', async () => {
  const { snapshots } = own.containerd;
  const [mount] = await snapshots.prepare('kept', null);
  // A lease that ends with a synchronous collection is what `ctr` has for "collect now".
  const ctr = ['--address', own.socket, '--namespace', 'sdct-containerd'];
  execFileSync('ctr', [...ctr, 'leases', 'create', '--id', 'l1']);
  execFileSync('ctr', [...ctr, 'leases', 'delete', '--sync', 'l1']);
  assert.ok(existsSync(mount!.source));
  assert.equal((await snapshots.stat('kept'))!.kind, 'active');
});
