// Hostile containers and archives against docker cp: nothing of the host is read or written, nothing of the container's is run.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { archiveCall, archivePath } from '#test/harness/archive.ts';
import { suite } from '#test/harness/suite.ts';
import { listTar, makeTar, type TarEntry } from '#test/harness/tar.ts';

/** A race goes on until either side has won this often: a slow machine takes longer, and proves as much. */
const WINS = 25;
const RACE_MS = 120_000;

describe('docker cp against a hostile container', () => {
  const s = suite('copy-attacks');
  const token = randomBytes(16).toString('hex');
  /** A folder of the host that no container has. */
  let host: string;
  before(async () => {
    host = await mkdtemp('/tmp/sdct-secret-');
    await writeFile(join(host, 'secret'), token);
    await mkdir(join(host, 'dir'));
  });
  after(() => rm(host, { recursive: true, force: true }));

  const sh = (name: string, script: string) => s.stack.ok(['exec', name, 'sh', '-c', script]);
  const call = (method: string, path: string, body?: Buffer) =>
    archiveCall(s.stack.socketPath, method, path, body ? { body } : {});
  const get = (name: string, path: string) => call('GET', archivePath(name, path));
  const put = (name: string, path: string, entries: TarEntry[]) =>
    call('PUT', archivePath(name, path), makeTar(entries));

  async function assertUntouched(): Promise<void> {
    assert.deepEqual((await readdir(host)).sort(), ['dir', 'secret']);
    assert.deepEqual(await readdir(join(host, 'dir')), []);
    assert.equal(await readFile(join(host, 'secret'), 'utf8'), token);
  }

  /** Works on the container, many at once, and looks at every answer; `found` says which of the two the answer met. */
  async function race(one: (round: number) => Promise<{ body: Buffer; found: boolean }>): Promise<void> {
    const end = Date.now() + RACE_MS;
    const wins = { found: 0, other: 0 };
    let rounds = 0;
    const worker = async (): Promise<void> => {
      while (Math.min(wins.found, wins.other) < WINS && Date.now() < end) {
        const answer = await one(rounds++);
        assert.ok(!answer.body.includes(token), 'the secret of the host came out');
        wins[answer.found ? 'found' : 'other']++;
      }
    };
    await Promise.all(Array.from({ length: 4 }, worker));
    assert.ok(
      Math.min(wins.found, wins.other) >= WINS,
      `${rounds} rounds were no race: ${JSON.stringify(wins)}`,
    );
  }

  /** `d` is by turns a folder and a link to somewhere else. */
  const swap = (target: string) =>
    `mkdir -p /w/d/dir; cd /w; echo inside > d/secret; ln -s ${target} l; while :; do mv -T d a; mv -T l d; mv -T d l; mv -T a d; done`;

  for (const [what, options, target] of [
    ['an absolute link', [], () => host],
    ['a relative link', [], () => `../../../../../../..${host}`],
    ['the root of another process', ['--pid=host', '--privileged'], () => `/proc/self/root${host}`],
    ['the root of process 1', ['--pid=host', '--privileged'], () => `/proc/1/root${host}`],
    ['an open file of the copier', ['--pid=host'], () => '/proc/self/fd/3/../../..'],
  ] as const) {
    it(`does not follow ${what} while paths are swapped`, async () => {
      await s.stack.ok(['run', '-d', '--name', 'swapper', ...options, 'busybox', 'sh', '-c', swap(target())]);
      await race(async (round) => {
        const way = round % 5;
        const answer = await [
          () => get('swapper', '/w/d'),
          () => get('swapper', '/w/d/'),
          () => call('HEAD', archivePath('swapper', '/w/d/secret')),
          () =>
            put('swapper', '/w/d/dir', [
              { name: 'pwned', body: 'x' },
              { name: 'deep/er', body: 'x' },
            ]),
          () => get('swapper', '/w/d/secret'),
        ][way]!();
        return { ...answer, found: answer.status === 200 };
      });
      await s.stack.ok(['rm', '-f', 'swapper']);
      await assertUntouched();
    });
  }

  it('never opens a device that takes the place of a file', async () => {
    const script = `mkdir /w; cd /w; echo inside > f; mknod n c 1 9; while :; do mv -T f a; mv -T n f; mv -T f n; mv -T a f; done`;
    await s.stack.ok(['run', '-d', '--name', 'nodes', 'busybox', 'sh', '-c', script]);
    await race(async () => {
      const answer = await get('nodes', '/w/f');
      const entries = answer.status === 200 ? listTar(answer.body) : [];
      for (const { type, body } of entries) {
        assert.ok(type === '3' || /^(inside\n|\0*)$/.test(body.toString()), `${type} ${body.length}`);
      }
      return { ...answer, found: entries.some(({ type }) => type === '0') };
    });
    await s.stack.ok(['rm', '-f', 'nodes']);
  });

  it('keeps links inside that lead out, and follows absolute ones inside', async () => {
    await s.stack.ok(['run', '-d', '--name', 'links', 'busybox', 'sleep', '10000']);
    await sh(
      'links',
      `mkdir -p /run/inner; echo inside > /run/inner/f; ln -s /run /var/run; ln -s ${host} /out; ln -s ../../../../../../${host} /up`,
    );
    for (const state of ['running', 'stopped']) {
      assert.equal(
        listTar((await get('links', '/var/run/inner/f')).body)[0]?.body.toString(),
        'inside\n',
        state,
      );
      assert.equal((await put('links', '/var/run/inner', [{ name: state, body: 'x' }])).status, 200);
      assert.ok((await get('links', `/run/inner/${state}`)).status === 200);
      for (const path of ['/out/secret', '/up/secret', '/out', '/up/', '/out/.']) {
        assert.ok(!(await get('links', path)).body.includes(token), path);
        assert.ok((await put('links', path, [{ name: 'pwned' }])).status >= 400, path);
      }
      const { stat } = await call('HEAD', archivePath('links', '/up'));
      assert.equal(stat?.linkTarget, host);
      await s.stack.ok(['kill', 'links'], {}).catch(() => undefined);
      await s.stack.ok(['wait', 'links']);
    }
    await s.stack.ok(['rm', '-f', 'links']);
    await assertUntouched();
  });

  it('mounts the binds of a stopped container inside its root', async () => {
    const bound = await mkdtemp('/tmp/sdct-bound-');
    await writeFile(join(bound, 'f'), 'bound');
    await s.stack.ok([
      'run',
      '--name',
      'moved',
      '-v',
      `${bound}:/data/x`,
      'busybox',
      'sh',
      '-c',
      `mv /data /old; ln -s ${host} /data`,
    ]);
    const answer = await get('moved', '/data/x/f');
    assert.equal(listTar(answer.body)[0]?.body.toString(), 'bound');
    // Where the link leads is a path of the container's own, as it is for dockerd.
    assert.equal(listTar((await get('moved', `${host}/x/f`)).body)[0]?.body.toString(), 'bound');
    assert.equal((await put('moved', '/data/x', [{ name: 'touched' }])).status, 200);
    assert.deepEqual((await readdir(bound)).sort(), ['f', 'touched']);
    await s.stack.ok(['rm', '-f', 'moved']);
    await rm(bound, { recursive: true });
    await assertUntouched();
  });

  it('runs and loads nothing of the container', async () => {
    await s.stack.ok(['run', '-d', '--name', 'traps', 'busybox', 'sleep', '10000']);
    const programs = 'xz unxz bzip2 gzip gunzip unpigz zstd tar perl sh ld.so getent';
    await sh(
      'traps',
      `mkdir -p /usr/bin /usr/sbin /lib64 /lib/x86_64-linux-gnu /usr/lib/x86_64-linux-gnu/perl-base /traps; cp /bin/busybox /traps/bb
       for p in ${programs}; do for d in /usr/bin /usr/sbin; do printf '#!/bin/sh\\ntouch /ran-%s\\n' $p > $d/$p; chmod 755 $d/$p; done; done
       for l in libc.so.6 libnss_files.so.2 libcrypt.so.1; do echo rubbish > /lib/x86_64-linux-gnu/$l; done
       for m in strict warnings Errno utf8 Carp; do echo 'system("touch /ran-perl-module");1;' > /usr/lib/x86_64-linux-gnu/perl-base/$m.pm; done
       echo /traps/none.so > /etc/ld.so.preload; echo 'passwd: files trap' > /etc/nsswitch.conf`,
    );
    const plain = join(host, '..', `sdct-traps-${process.pid}.tar`);
    await writeFile(plain, makeTar([{ name: 'arrived', body: 'yes', uid: 77, gid: 78 }]));
    for (const command of ['cat', 'gzip -c', 'bzip2 -c', 'xz -c', 'zstd -qc']) {
      await sh('traps', 'rm -f /tmp/arrived');
      const { stdout } = await shell(`${command} ${plain}`);
      const answer = await call('PUT', archivePath('traps', '/tmp', '&copyUIDGID=1'), stdout);
      assert.equal(answer.status, 200, `${command}: ${answer.body}`);
      assert.equal(listTar((await get('traps', '/tmp/arrived')).body)[0]?.body.toString(), 'yes', command);
    }
    await rm(plain);
    assert.equal((await call('GET', '/containers/traps/export')).status, 200);
    assert.equal((await call('GET', '/containers/traps/changes')).status, 200);
    assert.equal(await sh('traps', 'ls / | grep ran- || true'), '');
    await s.stack.ok(['rm', '-f', 'traps']);
  });
});

async function shell(command: string): Promise<{ stdout: Buffer }> {
  const { execFile } = await import('node:child_process');
  return new Promise((done, fail) => {
    execFile('sh', ['-c', command], { encoding: 'buffer' }, (err, stdout) =>
      err ? fail(err) : done({ stdout }),
    );
  });
}
