// lib/process/relay.ts: a body goes through whole, however its chunks lie, and each way it can end is told.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect, createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { type RelayEnd, startRelay } from '#lib/process/relay.ts';
import { waitUntil } from '#test/harness/stack.ts';

const MEGABYTE = 1 << 20;

/** Both ends of a connection. */
type Pair = { near: Socket; far: Socket };

function chunked(content: Buffer, size: () => number): Buffer {
  const parts: Buffer[] = [];
  for (let at = 0; at < content.length; ) {
    const piece = content.subarray(at, at + size());
    parts.push(Buffer.from(`\r\n${piece.length.toString(16)}\r\n`), piece);
    at += piece.length;
  }
  return Buffer.concat([...parts, Buffer.from('\r\n0\r\n\r\n')]);
}

describe('the relay of a request body', () => {
  let dir = '';
  const open = new Set<Socket>();
  before(async () => {
    dir = await mkdtemp('/tmp/sdct-relay-');
  });
  after(async () => {
    for (const socket of open) socket.destroy();
    await rm(dir, { recursive: true, force: true });
  });

  async function pair(): Promise<Pair> {
    const path = join(dir, randomBytes(4).toString('hex'));
    const server = createServer({ allowHalfOpen: true, pauseOnConnect: true }).listen(path);
    const far = connect({ path, allowHalfOpen: true });
    const [near] = (await once(server, 'connection')) as [Socket];
    server.close();
    for (const socket of [near, far]) open.add(socket.on('error', () => undefined));
    return { near, far };
  }

  interface Running {
    client: Pair;
    receiver: Pair;
    end: Promise<RelayEnd>;
    got: Promise<Buffer>;
  }

  async function relay(early: string, rest = { chunked: true, left: 0, text: '' }): Promise<Running> {
    const [client, receiver] = [await pair(), await pair()];
    const end = startRelay({ client: client.near, receiver: receiver.near, early: Buffer.from(early), rest });
    const got = receiver.far.toArray().then((pieces) => Buffer.concat(pieces));
    got.catch(() => undefined);
    void end.then((how) => (how === 'whole' ? receiver.near.end() : receiver.near.destroy()));
    return { client, receiver, end, got };
  }

  for (const [what, size] of [
    ['as the CLI makes them', () => 32_768],
    ['of any size', () => 1 + Math.floor(Math.random() * 70_000)],
    ['that are tiny', () => 1 + Math.floor(Math.random() * 60)],
    ['in one', () => Number.MAX_SAFE_INTEGER],
  ] as [string, () => number][]) {
    it(`passes chunks ${what}`, async () => {
      const content = randomBytes(what === 'that are tiny' ? 100_000 : 6 * MEGABYTE);
      const { client, end, got } = await relay('early,');
      client.far.write(chunked(content, size));
      assert.equal(await end, 'whole');
      assert.ok(Buffer.concat([Buffer.from('early,'), content]).equals(await got));
    });
  }

  it('passes a body of a known length', async () => {
    const content = randomBytes(16 * MEGABYTE);
    const rest = { chunked: false, left: content.length, text: '' };
    const { client, end, got } = await relay('', rest);
    for (let at = 0; at < content.length; at += 32_768)
      await new Promise((done) => client.far.write(content.subarray(at, at + 32_768), done));
    assert.equal(await end, 'whole');
    assert.ok(content.equals(await got));
  });

  it('goes on in the middle of a chunk, of a line, and of a body without chunks', async () => {
    for (const [rest, raw] of [
      [{ chunked: true, left: 2, text: '' }, 'ab\r\n3\r\ncde\r\n0\r\n\r\n'],
      [{ chunked: true, left: 0, text: '\r' }, '\n5;x=y\r\nabcde\r\n0\r\nTrailer: x\r\n\r\n'],
      [{ chunked: true, left: 0, text: '\r\n0' }, '5\r\nabcde\r\n000\r\n\r\n'],
      [{ chunked: false, left: 5, text: '' }, 'abcdeGET / HTTP/1.1\r\n'],
    ] as const) {
      // Byte by byte and at once.
      for (const pieces of [[...raw], [raw]]) {
        const { client, end, got } = await relay('', rest);
        for (const piece of pieces)
          await new Promise((done) => client.far.write(piece, () => setImmediate(done)));
        assert.equal(await end, 'whole', raw);
        assert.equal(String(await got), 'abcde', raw);
      }
    }
  });

  it('reads not a byte of what follows the body', async () => {
    const { client, end } = await relay('');
    client.far.write('\r\n1\r\nx\r\n0\r\nTrailer: y\r\n\r\nHEAD /next');
    assert.equal(await end, 'whole');
    client.near.resume();
    assert.equal(String((await once(client.near, 'data'))[0]), 'HEAD /next');
  });

  it('tells of a client that goes, and of what is no chunk', async () => {
    for (const [raw, how] of [
      ['\r\n5\r\nab', 'client gone'],
      ['\r\n5\r\nabcde\r\n', 'client gone'],
      ['\r\n5\r\nabcde\r\n0\r\n', 'client gone'],
      ['\r\nfive\r\n', 'malformed'],
      ['\r\n5\r\nabcdef\r\n0\r\n\r\n', 'malformed'],
      [`\r\n5;${'e'.repeat(20_000)}\r\n`, 'malformed'],
    ] as const) {
      const { client, end } = await relay('');
      client.far.end(raw);
      assert.equal(await end, how, raw.slice(0, 40));
    }
  });

  it('reads the body to its end when the receiver goes, also while it waits', async () => {
    const { client, receiver, end } = await relay('');
    client.far.write('\r\n5\r\nabcde');
    await once(receiver.far, 'data').catch(() => undefined);
    receiver.far.destroy();
    client.far.write(chunked(randomBytes(8 * MEGABYTE), () => 32_768));
    assert.equal(await end, 'receiver gone');
  });

  it('holds a client back whose receiver does not read, and lets what it says through', async () => {
    const [client, receiver] = [await pair(), await pair()];
    const rest = { chunked: true, left: 0, text: '' };
    const end = startRelay({ client: client.near, receiver: receiver.near, early: Buffer.alloc(0), rest });
    let sent = false;
    client.far.write(
      chunked(randomBytes(32 * MEGABYTE), () => 32_768),
      () => {
        sent = true;
      },
    );
    receiver.far.write('a word');
    assert.equal(String((await once(receiver.near.resume(), 'data'))[0]), 'a word');
    // As much as there is room for; then nothing moves any more.
    await waitUntil('the first bytes are there', () => {
      receiver.far.read(0);
      return receiver.far.readableLength > 0;
    });
    assert.equal(sent, false);
    receiver.far.resume();
    assert.equal(await end, 'whole');
  });
});
