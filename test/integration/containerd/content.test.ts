// The content store against a real containerd: what is written is what was asked for, or nothing.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import { after, before, test } from 'node:test';
import type { ContentStore } from '#lib/containerd/types.ts';
import { type OwnContainerd, ownContainerd } from './own-containerd.ts';

type Write = ContentStore['write'];

let own: OwnContainerd;
const MIB = 1 << 20;
const data = randomBytes(3 * MIB + 12_345);
const sha256 = (bytes: Buffer) => `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
const digest = sha256(data);

before(async () => {
  own = await ownContainerd();
});
after(() => own?.stop());

async function* pieces(bytes: Buffer, size: number): AsyncIterable<Buffer> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

const ingests = () => readdir(`${own.paths.root}/io.containerd.content.v1.content/ingest`);

test('a blob is written in order, with its labels and the one that keeps it, and read back', async () => {
  const { content } = own.containerd;
  const seen: number[] = [];
  await content.write({
    ref: 'r1',
    digest,
    size: data.length,
    labels: { 'containerd.io/uncompressed': 'sha256:abc' },
    source: async () => pieces(data, 10_000),
    onProgress: (bytes) => seen.push(bytes),
  });
  assert.deepEqual(seen, [MIB, 2 * MIB, 3 * MIB, data.length]);
  const info = await content.info(digest);
  assert.deepEqual(Object.keys(info!.labels).sort(), ['containerd.io/gc.root', 'containerd.io/uncompressed']);
  assert.equal(info!.size, data.length);
  assert.ok(Buffer.concat(await Array.fromAsync(content.read(digest))).equals(data));
  assert.deepEqual(
    (await content.list()).map((found) => found.digest),
    [digest],
  );
});

test('a blob that is there is not read again; its labels are added', async () => {
  const { content } = own.containerd;
  const source = () => Promise.reject(new Error('the source must not be opened'));
  await content.write({ ref: 'r2', digest, size: data.length, labels: { more: '1' }, source });
  assert.equal((await content.info(digest))!.labels.more, '1');
});

test('setLabels adds, replaces and, with an empty value, removes; others stay', async () => {
  const { content } = own.containerd;
  await content.setLabels(digest, { more: '', other: '2' });
  const { labels } = (await content.info(digest))!;
  assert.equal(labels.more, undefined);
  assert.equal(labels.other, '2');
  assert.ok(labels['containerd.io/gc.root']);
});

test('delete forgets; a missing blob is null, and deleting it again is fine', async () => {
  const { content } = own.containerd;
  await content.delete(digest);
  await content.delete(digest);
  assert.equal(await content.info(digest), null);
  await assert.rejects(Array.fromAsync(content.read(digest)), { code: 'NOT_FOUND' });
});

test('a wrong digest, a wrong size and a failing source leave nothing behind', async () => {
  const { content } = own.containerd;
  const fresh = randomBytes(data.length);
  const source = async () => pieces(fresh, MIB);
  const wrong = `sha256:${'0'.repeat(64)}`;
  await assert.rejects(content.write({ ref: 'w1', digest: wrong, size: fresh.length, source }), {
    name: 'ContainerdError',
    code: 'FAILED_PRECONDITION',
  });
  await assert.rejects(content.write({ ref: 'w2', digest: sha256(fresh), size: 5, source }), {
    code: 'FAILED_PRECONDITION',
  });
  await assert.rejects(content.write({ ref: 'w3', ...failing(fresh) }), { message: 'connection reset' });
  assert.equal(await content.info(sha256(fresh)), null);
  assert.deepEqual(await ingests(), []);
});

test('many writes that fail at once leave nothing behind', async () => {
  const { content } = own.containerd;
  const writes = Array.from({ length: 20 }, (_, at) =>
    assert.rejects(content.write({ ref: `many${at}`, ...failing(randomBytes(data.length)) }), {
      message: 'connection reset',
    }),
  );
  await Promise.all(writes);
  assert.deepEqual(await ingests(), []);
});

test('what a failed write of a blob deleted a moment ago leaves, the collector takes', async () => {
  const { content } = own.containerd;
  await assert.rejects(content.write({ ref: 'd1', ...failing(data) }), { message: 'connection reset' });
  // A lease that ends with a synchronous collection is what `ctr` has for "collect now".
  const ctr = ['--address', own.socket, '--namespace', 'sdct-containerd'];
  execFileSync('ctr', [...ctr, 'leases', 'create', '--id', 'l1']);
  execFileSync('ctr', [...ctr, 'leases', 'delete', '--sync', 'l1']);
  assert.deepEqual(await ingests(), []);
});

function failing(bytes: Buffer): Pick<Parameters<Write>[0], 'digest' | 'size' | 'source'> {
  const source = async function* (): AsyncIterable<Buffer> {
    yield bytes.subarray(0, 2 * MIB);
    throw new Error('connection reset');
  };
  return { digest: sha256(bytes), size: bytes.length, source: async () => source() };
}

test('abort ends a write whose source is silent, with the reason; the same ref then works from the start', async () => {
  const { content } = own.containerd;
  const fresh = randomBytes(data.length);
  const blob = { digest: sha256(fresh), size: fresh.length };
  const stop = new AbortController();
  const stuck = async function* (): AsyncIterable<Buffer> {
    yield fresh.subarray(0, 2 * MIB);
    queueMicrotask(() => stop.abort(new Error('the client went away')));
    await new Promise(() => {});
  };
  await assert.rejects(
    content.write({ ref: 'a1', ...blob, source: async () => stuck(), signal: stop.signal }),
    { message: 'the client went away' },
  );
  assert.deepEqual(await ingests(), []);
  await content.write({ ref: 'a1', ...blob, source: async () => pieces(fresh, MIB) });
  assert.equal((await content.info(blob.digest))!.size, fresh.length);
});

test('an empty blob can be written', async () => {
  const empty = 'sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';
  await own.containerd.content
    .write({ ref: 'e', digest: empty, size: 0, source: async () => pieces(data, 0 || MIB) })
    .then(
      () => assert.fail('wrote too much'),
      () => {},
    );
  const nothing = async () => pieces(Buffer.alloc(0), MIB);
  await own.containerd.content.write({ ref: 'e', digest: empty, size: 0, source: nothing });
  assert.equal((await own.containerd.content.info(empty))!.size, 0);
});

test('the source is read no faster than containerd takes it', async () => {
  const { content } = own.containerd;
  let given = 0;
  let most = 0;
  const big = Buffer.alloc(MIB, 7);
  const total = 24;
  const hash = createHash('sha256');
  for (let i = 0; i < total; i++) hash.update(big);
  const source = async function* (): AsyncIterable<Buffer> {
    for (; given < total * MIB; given += MIB) yield big;
  };
  await content.write({
    ref: 'bp',
    digest: `sha256:${hash.digest('hex')}`,
    size: total * MIB,
    source: async () => source(),
    onProgress: (bytes) => {
      most = Math.max(most, given - bytes);
    },
  });
  assert.ok(most <= 2 * MIB, `${most} bytes ahead`);
});
