// Hostile and odd archives put into a container: they stay where they belong and memory stays small.
import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { request } from 'node:http';
import { before, describe, it } from 'node:test';
import { createGzip } from 'node:zlib';
import { archiveCall, archivePath } from '#test/harness/archive.ts';
import { waitUntil } from '#test/harness/stack.ts';
import { suite } from '#test/harness/suite.ts';
import { listTar, makeTar, packEntry, type TarEntry } from '#test/harness/tar.ts';

const MEGABYTE = 1 << 20;

describe('archives put into a container', () => {
  const s = suite('copy-archives');
  before(() => s.stack.ok(['run', '-d', '--name', 'box', 'busybox', 'sleep', '100000']));

  const sh = (script: string) => s.stack.ok(['exec', 'box', 'sh', '-c', script]);
  const put = (body: Buffer, path = '/t') =>
    archiveCall(s.stack.socketPath, 'PUT', archivePath('box', path), { body });
  const fresh = () => sh('rm -rf /t /escaped /etc/escaped; mkdir /t; chmod 755 /t');
  const text = (answer: { body: Buffer }) =>
    (JSON.parse(answer.body.toString()) as { message: string }).message;

  for (const [what, entries, message] of [
    ['a name with ..', [{ name: '../escaped', body: 'x' }], 'invalid entry name "../escaped"'],
    ['a name that climbs', [{ name: 'a/../../escaped', body: 'x' }], 'invalid entry name "a/../../escaped"'],
    [
      'a hard link with ..',
      [{ name: 'h', type: '1', link: '../etc/passwd' }],
      'invalid hardlink target "../etc/passwd"',
    ],
    ['a hard link to the destination', [{ name: 'h', type: '1', link: '.' }], 'invalid hardlink target "."'],
    [
      'a long name with ..',
      [{ name: 'n', pax: { path: `../${'e'.repeat(120)}` } }],
      `invalid entry name "../${'e'.repeat(120)}"`,
    ],
    ['an unknown type', [{ name: 'n', type: 'V' }], 'unhandled tar header type 86'],
    ['a name with a zero', [{ name: 'n', pax: { path: 'a\0b' } }], 'invalid entry name "a\0b"'],
  ] as [string, TarEntry[], string][]) {
    it(`refuses ${what}`, async () => {
      await fresh();
      const answer = await put(makeTar(entries));
      assert.equal(answer.status, 500);
      assert.equal(text(answer), message);
      assert.equal(await sh('find /t /escaped /etc/escaped 2>/dev/null; true'), '/t');
    });
  }

  it('takes absolute names below the destination', async () => {
    await fresh();
    assert.equal(
      (
        await put(
          makeTar([
            { name: '/abs/f', body: 'x' },
            { name: '//abs/../g', body: 'y' },
          ]),
        )
      ).status,
      200,
    );
    assert.equal(await sh('cd /t; find . -type f | sort'), './abs/f\n./g');
  });

  it('follows links of the archive inside the container only', async () => {
    await fresh();
    const chain: TarEntry[] = [
      { name: 'l1', type: '2', link: '/' },
      { name: 'l2', type: '2', link: 'l1/etc' },
      { name: 'l3', type: '2', link: '../../../../../../../../etc' },
      { name: 'l2/escaped', body: 'through a chain' },
      { name: 'l3/escaped2', body: 'through dots' },
      { name: 'passwd', type: '1', link: 'l2/passwd' },
    ];
    assert.equal((await put(makeTar(chain))).status, 200);
    assert.equal(
      await sh('cat /etc/escaped /etc/escaped2; rm /etc/escaped2; head -n1 /t/passwd'),
      'through a chainthrough dotsroot:x:0:0:root:/root:/bin/sh',
    );
    await assert.rejects(readFile('/etc/escaped'));
    await assert.rejects(readFile('/etc/escaped2'));
  });

  it('makes device nodes, FIFOs, sparse files, attributes and long names', async () => {
    await fresh();
    const long = `${'d'.repeat(90)}/${'f'.repeat(200)}`;
    const capability = Buffer.from('0100000200040000000000000000000000000000', 'hex');
    const entries: TarEntry[] = [
      { name: 'zero', type: '3', device: [1, 5], mode: 0o666 },
      { name: 'disk', type: '4', device: [259, 300], mode: 0o600 },
      { name: 'fifo', type: '6', mode: 0o640 },
      { name: 'x', pax: { path: long, uid: '3000000', mtime: '1500000000.25' }, body: 'long' },
      {
        name: 'cap',
        pax: { 'SCHILY.xattr.security.capability': capability, 'SCHILY.xattr.user.note': 'kept' },
        body: 'c',
        mode: 0o755,
      },
      {
        name: 'GNUSparseFile.0/sparse',
        pax: {
          'GNU.sparse.major': '1',
          'GNU.sparse.minor': '0',
          'GNU.sparse.name': 'sparse',
          'GNU.sparse.realsize': '10000000',
        },
        body: Buffer.concat([Buffer.from('1\n9000000\n5\n'.padEnd(512, '\0')), Buffer.from('hello')]),
      },
    ];
    assert.equal((await put(makeTar(entries))).status, 200);
    const listing = await sh(
      `cd /t; stat -c '%n %F %t:%T %a' zero disk fifo; stat -c '%u %Y' ${long}; stat -c '%s' sparse; tail -c +9000001 sparse | head -c 5; echo; [ $(du -k sparse | cut -f1) -lt 100 ] && echo holes`,
    );
    assert.deepEqual(listing.split('\n'), [
      'zero character special file 1:5 666',
      'disk block special file 103:12c 600',
      'fifo fifo 0:0 640',
      '3000000 1500000000',
      '10000000',
      'hello',
      'holes',
    ]);
    // The whole of it comes out again as it went in.
    const back = listTar((await archiveCall(s.stack.socketPath, 'GET', archivePath('box', '/t'))).body);
    const named = (name: string) => back.find((entry) => entry.name === `t/${name}`)!;
    assert.deepEqual([named('zero').type, named('disk').type, named('fifo').type], ['3', '4', '6']);
    assert.equal(named(long).uid, 3000000);
    assert.deepEqual(named('cap').xattr, {
      'SCHILY.xattr.security.capability': capability.toString('latin1'),
    });
  });

  it('takes large content byte for byte, between small entries', async () => {
    await fresh();
    const large = randomBytes(24 * MEGABYTE + 1);
    const entries = [
      { name: 'a', body: 'x' },
      { name: 'b', body: large },
      { name: 'c', body: 'y' },
    ];
    assert.equal((await put(makeTar(entries))).status, 200);
    const sum = createHash('sha256').update(large).digest('hex');
    assert.equal(await sh('cat /t/a /t/c; sha256sum < /t/b | cut -d" " -f1'), `xy${sum}`);
  });

  it('reads gzip, bzip2, xz and zstd, and says what is no archive', async () => {
    await fresh();
    for (const [body, status] of [
      [Buffer.from('not a tar '.repeat(200)), 500],
      [Buffer.from('1f8b0800000000000003ffffffff', 'hex'), 500],
      [Buffer.concat([Buffer.from('fd377a585a00', 'hex'), randomBytes(4000)]), 500],
      [Buffer.concat([Buffer.from('BZh9'), randomBytes(4000)]), 500],
      [Buffer.concat([Buffer.from('28b52ffd', 'hex'), randomBytes(4000)]), 500],
    ] as const) {
      const answer = await put(body);
      assert.equal(answer.status, status, answer.body.toString());
      assert.ok(text(answer).length > 0);
    }
    assert.equal(await sh('ls /t'), '');
  });

  it('needs little memory for bombs', async () => {
    await fresh();
    const before = await residentMegabytes();
    // A quarter of a gigabyte in a quarter of a megabyte: nothing of it is kept in memory.
    const bomb = gzipped(function* () {
      yield packEntry({ name: 'bomb', size: 256 * MEGABYTE });
      for (let i = 0; i < 256; i++) yield Buffer.alloc(MEGABYTE);
      yield Buffer.alloc(1024);
    });
    assert.equal((await stream(bomb)).status, 200);
    assert.equal(await sh('stat -c %s /t/bomb; rm /t/bomb'), String(256 * MEGABYTE));
    // Headers that claim what nobody can hold.
    for (const entry of [
      { name: 'x', type: 'x', size: 8 ** 11 - 1 },
      { name: 'L', type: 'L', size: 64 * MEGABYTE },
      { name: 's', pax: { 'GNU.sparse.map': '0,1,'.repeat(200_000).slice(0, -1), 'GNU.sparse.size': '99' } },
    ] as TarEntry[]) {
      const answer = await put(Buffer.concat([packEntry(entry), Buffer.alloc(MEGABYTE)]));
      assert.equal(answer.status, 500, answer.body.toString());
    }
    // A pile of directories, whose times are set at the end.
    const many = gzipped(function* () {
      for (let i = 0; i < 5_000; i++) yield packEntry({ name: `many/${i}`, type: '5' });
      yield Buffer.alloc(1024);
    });
    assert.equal((await stream(many)).status, 200);
    assert.equal(await sh('ls /t/many | wc -l'), '5000');
    const grown = (await residentMegabytes()) - before;
    assert.ok(grown < 100, `${grown} MB more`);
  });

  it('leaves no program behind when the client goes', async () => {
    await sh('dd if=/dev/zero of=/big bs=1M count=200 2>/dev/null');
    const [coal] = await s.stack.pids('coal');
    const programs = async () =>
      (await readFile(`/proc/${coal}/task/${coal}/children`, 'utf8')).split(' ').filter(Boolean);
    const idle = (await programs()).length;
    for (const method of ['GET', 'PUT'] as const) {
      const over = new AbortController();
      const path = `/v1.41${archivePath('box', method === 'GET' ? '/big' : '/t')}`;
      const req = request({ socketPath: s.stack.socketPath, method, path, signal: over.signal }, (res) =>
        res.once('data', () => res.pause()),
      );
      req.on('error', () => undefined);
      if (method === 'PUT') req.write(packEntry({ name: 'half', size: 10 * MEGABYTE }));
      else req.end();
      await waitUntil(`the ${method} runs`, async () => (await programs()).length > idle);
      over.abort();
      await waitUntil(
        `the program of the ${method} has ended`,
        async () => (await programs()).length === idle,
      );
    }
  });

  async function residentMegabytes(): Promise<number> {
    let sum = 0;
    for (const program of ['daemon', 'coal'] as const) {
      for (const pid of await s.stack.pids(program)) {
        const status = await readFile(`/proc/${pid}/status`, 'utf8');
        sum += Number(/^VmHWM:\s+(\d+)/m.exec(status)?.[1]) / 1024;
      }
    }
    return sum;
  }

  function stream(body: NodeJS.ReadableStream): Promise<{ status: number }> {
    return new Promise((done, fail) => {
      const path = `/v1.41${archivePath('box', '/t')}`;
      const req = request({ socketPath: s.stack.socketPath, method: 'PUT', path }, (res) => {
        res.resume();
        res.on('end', () => done({ status: res.statusCode ?? 0 }));
      });
      req.on('error', fail);
      body.pipe(req);
    });
  }
});

function gzipped(pieces: () => Generator<Buffer>): NodeJS.ReadableStream {
  const gzip = createGzip({ level: 1 });
  void (async () => {
    for (const piece of pieces()) {
      if (!gzip.write(piece)) await new Promise((resolve) => gzip.once('drain', resolve));
    }
    gzip.end();
  })();
  return gzip;
}
