// A copy's bytes and its end, however they are cut into pieces; memory is freed only where it is nobody else's.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { describe, it } from 'node:test';
import { parseTrailer, TRAILER_SIZE } from '#lib/docker-vm/copy.ts';
import { HeldBack, readCopy, readyToWrite, release } from '#lib/triton/copy-stream.ts';

const trailer = (status: object) =>
  Buffer.from(`${JSON.stringify(status)}`.padEnd(TRAILER_SIZE - 1).concat('\n'));

/** Runs `read` on one end of a connection while `send` works on the other. */
async function piped<T>(send: (peer: Socket) => void, read: (socket: Socket) => Promise<T>): Promise<T> {
  const server = createServer(send).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
  try {
    return await read(socket);
  } finally {
    socket.destroy();
    server.close();
  }
}

async function received(told: boolean, ...sent: Buffer[]) {
  const got: Buffer[] = [];
  const send = (peer: Socket) => {
    for (const piece of sent) peer.write(piece);
    peer.end();
  };
  const status = await piped(send, (socket) =>
    readCopy(socket, told, (piece) => void got.push(Buffer.from(piece))),
  );
  return { status, bytes: Buffer.concat(got).toString() };
}

describe('readCopy', () => {
  it('gives everything but the trailer', async () => {
    assert.deepEqual(await received(true, Buffer.from('tar'), trailer({})), { status: {}, bytes: 'tar' });
    assert.deepEqual(await received(true, trailer({ code: 'CopyFailed', message: 'm' })), {
      status: { code: 'CopyFailed', message: 'm' },
      bytes: '',
    });
  });
  it('says that a stream without a trailer broke off', async () => {
    assert.equal((await received(true, Buffer.from('half'))).status, null);
    assert.equal((await received(true, Buffer.alloc(5000, 'x'))).status, null);
  });
  it('takes the end of an agent that does not tell for a good one', async () => {
    assert.deepEqual(await received(false, Buffer.from('all of it')), { status: {}, bytes: 'all of it' });
  });
});

it('readyToWrite waits for the line feed, and knows when none will come', async () => {
  assert.equal(await piped((peer) => void peer.write('\n'), readyToWrite), true);
  assert.equal(await piped((peer) => void peer.end(), readyToWrite), false);
});

describe('HeldBack', () => {
  const whole = Buffer.from(Array.from({ length: 5000 }, (_, i) => i % 251));
  for (const cut of [1, 7, 1023, 1024, 1025, 4096, 5000]) {
    it(`in pieces of ${cut}`, () => {
      const held = new HeldBack(1024);
      const out: Buffer[] = [];
      for (let at = 0; at < whole.length; at += cut)
        out.push(...held.push(Buffer.from(whole.subarray(at, at + cut))).map((piece) => Buffer.from(piece)));
      assert.ok(Buffer.concat(out).equals(whole.subarray(0, -1024)));
      assert.ok(held.rest.equals(whole.subarray(-1024)));
    });
  }
});

describe('release', () => {
  it('frees a chunk of its own', () => {
    const chunk = Buffer.from(new ArrayBuffer(65_536));
    release(chunk);
    assert.equal(chunk.length, 0);
  });
  it('leaves small ones and parts of others alone', () => {
    const small = Buffer.from('small');
    const part = Buffer.from(new ArrayBuffer(65_536)).subarray(0, 32_768);
    release(small);
    release(part);
    assert.deepEqual([small.toString(), part.length], ['small', 32_768]);
  });
});

it('parseTrailer knows what is none', () => {
  assert.deepEqual(parseTrailer(trailer({ code: 'x' })), { code: 'x' });
  for (const text of ['', 'null', '1', '{"code":']) assert.equal(parseTrailer(Buffer.from(text)), null);
});
