// Large uploads, whose bytes a program of its own moves from the client to the compute node: as exact as small ones, however they end.
import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { archivePath } from '#test/harness/archive.ts';
import { waitUntil } from '#test/harness/stack.ts';
import { suite } from '#test/harness/suite.ts';
import { packEntry } from '#test/harness/tar.ts';

const MEGABYTE = 1 << 20;
const PIECE = 32 * 1024;
const END_OF_TAR = Buffer.alloc(1024);

describe('large uploads', () => {
  const s = suite('copy-large');
  let dir = '';
  before(async () => {
    dir = await mkdtemp('/tmp/sdct-large-');
    await s.stack.ok(['run', '-d', '--name', 'box', 'busybox', 'sleep', '100000']);
    await sh('mkdir /t');
  });
  after(() => rm(dir, { recursive: true, force: true }));

  const sh = (script: string) => s.stack.ok(['exec', 'box', 'sh', '-c', script]);
  const sha = (content: Buffer) => createHash('sha256').update(content).digest('hex');

  /** The copy programs that the daemon or CoaL has started. */
  async function programs(of: 'daemon' | 'coal'): Promise<string[]> {
    const [parent] = await s.stack.pids(of);
    const pids = (await readFile(`/proc/${parent}/task/${parent}/children`, 'utf8'))
      .split(' ')
      .filter(Boolean);
    const words = await Promise.all(
      pids.map((pid) => readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')),
    );
    return pids.filter((_, at) => /\/(relay|main)\.pl\0/.test(words[at]!));
  }

  interface Upload {
    socket: Socket;
    /** What comes back until the connection ends; rejects when it breaks. */
    answer: Promise<string>;
    /** Resolves when there is room for more. */
    write(content: Buffer): Promise<void>;
    /** The end of the body. */
    end(): void;
  }

  /** As the CLI does it: HEAD, then PUT on the same connection. `length` null: in chunks. */
  async function upload(length: number | null = null): Promise<Upload> {
    const socket = connect(s.stack.socketPath);
    const head = (method: string, more: string) =>
      `${method} /v1.41${archivePath('box', '/t')} HTTP/1.1\r\nHost: docker\r\n${more}\r\n`;
    socket.write(head('HEAD', ''));
    await once(socket, 'data');
    socket.write(
      head('PUT', length === null ? 'Transfer-Encoding: chunked\r\n' : `Content-Length: ${length}\r\n`),
    );
    const answer = socket.toArray().then((pieces) => Buffer.concat(pieces).toString());
    answer.catch(() => undefined);
    const send = (raw: Buffer | string) => new Promise<void>((done) => socket.write(raw, () => done()));
    return {
      socket,
      answer,
      async write(content) {
        for (let at = 0; at < content.length; at += PIECE) {
          const piece = content.subarray(at, at + PIECE);
          if (length === null) await send(`${piece.length.toString(16)}\r\n`);
          await send(piece);
          if (length === null) await send('\r\n');
        }
      },
      end: () => void (length === null && socket.write('0\r\n\r\n')),
    };
  }

  const isHandedOver = () =>
    waitUntil('the rest is handed over', async () => (await programs('daemon')).length > 0);

  it('is what the CLI sent, byte for byte', async () => {
    const content = randomBytes(24 * MEGABYTE);
    await writeFile(join(dir, 'big'), content);
    await s.stack.ok(['cp', join(dir, 'big'), 'box:/t/big']);
    assert.equal(await sh('sha256sum /t/big | cut -d" " -f1; rm /t/big'), sha(content));
  });

  for (const [what, length] of [
    ['in chunks', null],
    ['of a known length', 512 + 16 * MEGABYTE + END_OF_TAR.length],
  ] as [string, number | null][]) {
    it(`${what} is handed over in the middle, and its connection ends after the answer`, async () => {
      const content = randomBytes(16 * MEGABYTE);
      const { answer, write, end } = await upload(length);
      await write(packEntry({ name: 'half', size: content.length }));
      await write(content.subarray(0, 8 * MEGABYTE));
      await isHandedOver();
      await write(content.subarray(8 * MEGABYTE));
      await write(END_OF_TAR);
      end();
      assert.match(await answer, /^HTTP\/1\.1 200 .*\r\nConnection: close\r\n/s);
      assert.equal(await sh('sha256sum /t/half | cut -d" " -f1; rm /t/half'), sha(content));
      await waitUntil('its program has ended', async () => (await programs('daemon')).length === 0);
    });
  }

  it('is refused in the middle with the same words, while the client still sends', async () => {
    const { answer, write, end } = await upload();
    await write(packEntry({ name: 'first', size: 8 * MEGABYTE }));
    await write(Buffer.alloc(8 * MEGABYTE));
    await isHandedOver();
    await write(packEntry({ name: '../escaped' }));
    await write(Buffer.alloc(16 * MEGABYTE));
    end();
    assert.match(await answer, /^HTTP\/1\.1 500 .*\{"message":"invalid entry name \\"\.\.\/escaped\\""\}/s);
    await waitUntil('its program has ended', async () => (await programs('daemon')).length === 0);
  });

  it('leaves nothing behind when the client goes, and is not taken for whole', async () => {
    const { socket, write } = await upload();
    await write(packEntry({ name: 'cut', size: 16 * MEGABYTE }));
    await write(Buffer.alloc(8 * MEGABYTE));
    await isHandedOver();
    socket.destroy();
    for (const program of ['daemon', 'coal'] as const)
      await waitUntil(`no program of ${program} is left`, async () => (await programs(program)).length === 0);
    const events = ['events', '--since', '60s', '--until', '0s', '--filter', 'container=box', '--format'];
    const actions = (await s.stack.ok([...events, '{{.Action}}'])).split('\n');
    // Of the four before, three were extracted.
    assert.equal(actions.filter((action) => action === 'extract-to-dir').length, 3);
  });

  it('ends with the daemon that is killed', async () => {
    const { answer, write } = await upload();
    await write(packEntry({ name: 'cut', size: 16 * MEGABYTE }));
    await write(Buffer.alloc(8 * MEGABYTE));
    await isHandedOver();
    const [program] = await programs('daemon');
    await s.stack.kill9('daemon');
    await answer.catch(() => undefined);
    await waitUntil('the program has ended', () =>
      readFile(`/proc/${program}/stat`, 'utf8').then(
        (stat) => /\) [ZX] /.test(stat),
        () => true,
      ),
    );
    await waitUntil('no program of coal is left', async () => (await programs('coal')).length === 0);
    await s.stack.start('daemon');
    assert.equal(await sh('rm -f /t/cut; ls /t | wc -l'), '1');
  });
});
