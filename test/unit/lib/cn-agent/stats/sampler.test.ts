// The sampler on the machine's root cgroup: one reader for many watchers, what each is told, and what is left open.
import assert from 'node:assert/strict';
import { existsSync, readdirSync } from 'node:fs';
import { after, test } from 'node:test';
import bunyan from 'bunyan';
import { type StatRun, StatsSampler } from '#lib/cn-agent/stats/sampler.ts';
import { StatFiles, statBuffer } from '#lib/cn-agent/stats/stat-files.ts';

const log = bunyan.createLogger({ name: 'sampler-test', level: 'fatal' });
const cgroup = existsSync('/sys/fs/cgroup/cgroup.controllers') ? 'v2' : 'v1';
/** The root of all cgroups counts CPU time too. */
const run = (): StatRun => ({ pid: process.pid, cgroupsPath: '', ownNetwork: true, ifnames: () => [] });
const sampler = new StatsSampler({ host: { cgroup, memoryBytes: 1e9 }, log });
after(() => sampler.close());
const openFiles = () => readdirSync('/proc/self/fd').length;

test('every watcher gets a line at once and then each second, with the one before in precpu', async () => {
  const shared = run();
  const before = openFiles();
  const lines: string[][] = [[], []];
  const enough = Promise.withResolvers<void>();
  const stops = lines.map((got) =>
    sampler.watch(shared, (line) => {
      got.push(line);
      if (lines.every((each) => each.length >= 3)) enough.resolve();
      return true;
    }),
  );
  assert.deepEqual(
    lines.map((got) => got.length),
    [1, 1],
  );
  await enough.promise;
  const [first, second] = lines.map((got) => got.map((line) => JSON.parse(line)));
  assert.equal(first![0].preread, '0001-01-01T00:00:00Z');
  assert.equal(first![1].preread, first![0].read);
  assert.equal(first![2].preread, first![1].read);
  assert.equal(second![2].read, first![2].read, 'read once for both');
  assert.ok(Date.parse(first![2].read) - Date.parse(first![1].read) > 900);
  assert.equal(lines[1]![2], lines[0]![2], 'and made into text once');
  for (const stop of stops) stop?.();
  assert.equal(openFiles(), before, 'nothing stays open');
});

test('a watcher that cannot take a line misses it, and its next one says so in preread', async () => {
  const got: { read: string; preread: string }[] = [];
  let refused = 0;
  const enough = Promise.withResolvers<void>();
  const stop = sampler.watch(run(), (line) => {
    if (got.length === 1 && refused === 0) {
      refused += 1;
      return false;
    }
    got.push(JSON.parse(line));
    if (got.length === 2) enough.resolve();
    return true;
  });
  await enough.promise;
  stop?.();
  assert.equal(refused, 1);
  assert.equal(got[1]!.preread, got[0]!.read);
});

test('a run that is over has no line', () => {
  const gone = { pid: 2 ** 22 + 1, cgroupsPath: '/no/such/cgroup', ownNetwork: true, ifnames: () => [] };
  const before = openFiles();
  assert.equal(sampler.once(gone), null);
  assert.equal(
    sampler.watch(gone, () => true),
    null,
  );
  assert.equal(openFiles(), before);
});

test('a file longer than a page is read whole', () => {
  const files = new StatFiles({ long: '/proc/kallsyms', missing: '/proc/nosuch' }, statBuffer());
  assert.ok(files.read('long').length > 100_000);
  assert.equal(files.read('missing'), '');
  assert.equal(files.read('unknown'), '');
  files.close();
  assert.equal(files.read('long'), '');
});
