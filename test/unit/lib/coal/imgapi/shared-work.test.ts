// Work done once for many (shared-work.ts), a few at a time (limit.ts), and IMGAPI's records.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { layerManifest } from '#lib/coal/imgapi/layer-manifest.ts';
import { openImageRecords } from '#lib/coal/imgapi/records.ts';
import { createSharedWork } from '#lib/coal/imgapi/shared-work.ts';
import { createLimit } from '#lib/process/limit.ts';

/** A piece of work that the test ends by hand. */
function work() {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const it = { begun: 0, signal: null as AbortSignal | null, report: (_n: number) => {}, resolve, reject };
  const start = (signal: AbortSignal, report: (n: number) => void): Promise<string> => {
    it.begun++;
    Object.assign(it, { signal, report });
    return promise;
  };
  return { it, start };
}
const never = (): AbortSignal => new AbortController().signal;
const settled = async (promise: Promise<unknown>): Promise<string> => {
  const nothing = new Promise((resolve) => setImmediate(resolve, 'pending'));
  return Promise.race([
    promise.then(
      () => 'done',
      (err) => `failed ${err.message}`,
    ),
    nothing,
  ]) as Promise<string>;
};

test('the first starts it, the others join, all get the result', async () => {
  const shared = createSharedWork<string, number>();
  const { it, start } = work();
  const heard: number[][] = [[], [], []];
  const all = [0, 1].map((i) =>
    shared.run('k', { signal: never(), onProgress: (n) => heard[i]!.push(n) }, start),
  );
  it.report(1);
  it.report(2);
  all.push(shared.run('k', { signal: never(), onProgress: (n) => heard[2]!.push(n) }, start));
  it.report(3);
  it.resolve('result');
  assert.deepEqual(await Promise.all(all), ['result', 'result', 'result']);
  assert.equal(it.begun, 1);
  // a late comer hears the last report at once
  assert.deepEqual(heard, [
    [1, 2, 3],
    [1, 2, 3],
    [2, 3],
  ]);
});

test('other keys are other work; after the end the work begins anew', async () => {
  const shared = createSharedWork<string, number>();
  const first = work();
  const second = work();
  const a = shared.run('a', { signal: never() }, first.start);
  const b = shared.run('b', { signal: never() }, second.start);
  first.it.resolve('1');
  second.it.resolve('2');
  assert.deepEqual(await Promise.all([a, b]), ['1', '2']);
  const third = work();
  const again = shared.run('a', { signal: never() }, third.start);
  third.it.resolve('3');
  assert.equal(await again, '3');
});

test("its failure is everybody's, and the next one tries again", async () => {
  const shared = createSharedWork<string, number>();
  const { it, start } = work();
  const all = [1, 2].map(() => shared.run('k', { signal: never() }, start));
  it.reject(new Error('no'));
  assert.deepEqual(await Promise.all(all.map((one) => one.catch((err: Error) => err.message))), ['no', 'no']);
  const next = work();
  const again = shared.run('k', { signal: never() }, next.start);
  next.it.resolve('yes');
  assert.equal(await again, 'yes');
});

test('one who leaves does not stop it for the others', async () => {
  const shared = createSharedWork<string, number>();
  const { it, start } = work();
  const stop = new AbortController();
  const heard: number[] = [];
  const leaver = shared.run('k', { signal: stop.signal, onProgress: (n) => heard.push(n) }, start);
  const stayer = shared.run('k', { signal: never() }, start);
  it.report(1);
  stop.abort(new Error('left'));
  await assert.rejects(leaver, { message: 'left' });
  it.report(2);
  assert.deepEqual(heard, [1], 'who left hears nothing more');
  assert.equal(it.signal?.aborted, false);
  it.resolve('result');
  assert.equal(await stayer, 'result');
});

test('the last to leave stops it and waits until it has cleaned up; who comes meanwhile starts anew', async () => {
  const shared = createSharedWork<string, number>();
  const { it, start } = work();
  const stops = [new AbortController(), new AbortController()];
  const [first, last] = stops.map((stop) => shared.run('k', { signal: stop.signal }, start));
  stops[0]!.abort(new Error('first'));
  await assert.rejects(first!, { message: 'first' });
  stops[1]!.abort(new Error('last'));
  assert.equal(it.signal?.aborted, true);
  assert.equal(it.signal?.reason?.message, 'last');
  assert.equal(await settled(last!), 'pending');
  const next = work();
  const comer = shared.run('k', { signal: never() }, next.start);
  const gaveUp = new AbortController();
  const impatient = shared.run('k', { signal: gaveUp.signal }, next.start);
  assert.equal(await settled(comer), 'pending');
  assert.equal(next.it.begun, 0, 'not beside the one that cleans up');
  gaveUp.abort(new Error('impatient'));
  it.reject(new Error('stopped'));
  await assert.rejects(last!, { message: 'last' });
  await assert.rejects(impatient, { message: 'impatient' });
  next.it.resolve('new');
  assert.equal(await comer, 'new');
  assert.equal(next.it.begun, 1);
});

test('who has given up already starts nothing', async () => {
  const shared = createSharedWork<string, number>();
  const { it, start } = work();
  await assert.rejects(shared.run('k', { signal: AbortSignal.abort(new Error('early')) }, start), {
    message: 'early',
  });
  assert.equal(it.begun, 0);
});

test('limit: so many at a time, first come first served; a place is given back once', async () => {
  const limit = createLimit(2);
  const leave = await limit.enter(never());
  const other = await limit.enter(never());
  const order: number[] = [];
  const queue = [1, 2, 3].map(async (n) => {
    const out = await limit.enter(never());
    order.push(n);
    return out;
  });
  assert.equal(await settled(queue[0]!), 'pending');
  leave();
  leave();
  await queue[0];
  assert.equal(await settled(queue[1]!), 'pending');
  other();
  (await queue[1]!)();
  (await queue[2]!)();
  (await queue[0]!)();
  assert.deepEqual(order, [1, 2, 3]);
  const free = await Promise.all([limit.enter(never()), limit.enter(never())]);
  assert.equal(await settled(limit.enter(never())), 'pending');
  for (const one of free) one();
});

test('limit: one who gives up in the queue takes no place', async () => {
  const limit = createLimit(1);
  const leave = await limit.enter(never());
  const stop = new AbortController();
  const gone = limit.enter(stop.signal);
  const next = limit.enter(never());
  stop.abort(new Error('left'));
  await assert.rejects(gone, { message: 'left' });
  leave();
  (await next)();
  (await limit.enter(never()))();
  assert.throws(() => limit.enter(AbortSignal.abort(new Error('early'))), { message: 'early' });
});

const D = (digit: string): string => `sha256:${digit.repeat(64)}`;
const record = (digits: string) => {
  const digests = [...digits].map(D);
  const manifest = layerManifest(
    { digests, mediaType: '', size: 1, uncompressedSize: 1, diffId: D('f') },
    { config: {}, repo: 'r', owner: 'o', public: false },
  );
  return { manifest, chainId: `chain-${digits}`, layerDigest: digests.at(-1)! };
};

test('records: layers and their children, chains, configurations', () => {
  const records = openImageRecords(':memory:');
  const [base, top, other] = [record('a'), record('ab'), record('ac')];
  records.putImage([base, top], { digest: D('1'), text: 'one', at: 1 });
  records.putImage([base, other], { digest: D('2'), text: 'two', at: 2 });
  assert.deepEqual(records.get(top.manifest.uuid), top);
  assert.equal(records.get('none'), null);
  assert.deepEqual(
    records.list().map(({ uuid }) => uuid),
    [base, top, other].map(({ manifest }) => manifest.uuid).sort(),
  );
  assert.equal(records.hasChildren(base.manifest.uuid), true);
  assert.equal(records.hasChildren(top.manifest.uuid), false);
  assert.deepEqual([records.usesChain('chain-ab'), records.usesChain('chain-x')], [true, false]);
  assert.deepEqual([records.usesLayer(D('b')), records.usesLayer(D('9'))], [true, false]);
  assert.equal(records.latestConfig(base.manifest.uuid), null);
  // the same layers with a newer configuration
  records.putImage([base, top], { digest: D('3'), text: 'three', at: 3 });
  assert.equal(records.latestConfig(top.manifest.uuid), 'three');
  assert.equal(records.configByDigest(D('1')), 'one');
  records.delete(top.manifest.uuid);
  assert.equal(records.get(top.manifest.uuid), null);
  assert.deepEqual(
    [records.configByDigest(D('1')), records.configByDigest(D('3')), records.configByDigest(D('2'))],
    [null, null, 'two'],
  );
  assert.equal(records.usesChain('chain-ab'), false);
  assert.equal(records.hasChildren(base.manifest.uuid), true);
  records.close();
});

test('records: an image is put whole or not at all', () => {
  const records = openImageRecords(':memory:');
  const broken = { ...record('ab'), layerDigest: {} as string };
  assert.throws(() => records.putImage([record('a'), broken], { digest: D('1'), text: 't', at: 1 }));
  assert.deepEqual(records.list(), []);
  records.putImage([record('a')], { digest: D('1'), text: 't', at: 1 });
  assert.equal(records.list().length, 1);
  records.close();
});
