// src/containers/archive/send-gathered.ts: small pieces go together, large ones at once, and a body that broke is never taken for whole.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type IncomingMessage, request } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { PassThrough, Readable, Writable } from 'node:stream';
import { test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { sendGathered } from '#src/containers/archive/send-gathered.ts';

/** A socket that notes what is written to it, each time. */
function sink(): { socket: Socket; written: Buffer[] } {
  const written: Buffer[] = [];
  const note = (pieces: Buffer[], done: () => void): void => {
    written.push(Buffer.concat(pieces));
    done();
  };
  const stream = new Writable({
    highWaterMark: 1 << 16,
    write: (piece: Buffer, _encoding, done) => note([piece], done),
    writev(chunks, done) {
      note(
        chunks.map(({ chunk }) => chunk as Buffer),
        done,
      );
    },
  });
  return { socket: stream as unknown as Socket, written };
}

test('many small pieces become few', async () => {
  const { socket, written } = sink();
  const pieces = Array.from({ length: 3000 }, (_, at) => Buffer.from(`piece ${at} of many;`));
  const body = new PassThrough({ highWaterMark: 1 << 20 });
  const sent = sendGathered(body, socket);
  // In turns, as from a client.
  for (const [at, piece] of pieces.entries()) {
    if (at % 10 === 0) await turn();
    body.write(piece);
  }
  body.end();
  await sent;
  assert.deepEqual(Buffer.concat(written), Buffer.concat(pieces));
  assert.ok(written.length < 600, `${written.length} writes`);
});

test('nothing is waited for where only a large piece was cut', async (t) => {
  // Time stands still: a wait would never end.
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const { socket, written } = sink();
  const pieces = Array.from({ length: 40 }, (_, at) => Buffer.alloc(at % 2 === 0 ? 32_768 : 10, at));
  // The memory of large pieces is given back.
  const whole = Buffer.concat(pieces);
  async function* client(): AsyncGenerator<Buffer> {
    for (const piece of pieces) {
      await turn();
      yield piece;
    }
  }
  await sendGathered(Readable.from(client(), { objectMode: false }), socket);
  assert.deepEqual(Buffer.concat(written), whole);
});

test('an upload by HTTP goes on in fewer writes than it has chunks', async (t) => {
  const { socket, written } = sink();
  const server = createServer((req, res) => void sendGathered(req, socket).then(() => res.end()));
  t.after(() => server.close());
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo;
  const chunks = Array.from({ length: 600 }, (_, at) => Buffer.alloc(32_768, at));
  const upload = request({ port, method: 'PUT', agent: false });
  for (const chunk of chunks) upload.write(chunk);
  upload.end();
  const [answer] = (await once(upload, 'response')) as [IncomingMessage];
  answer.resume();
  assert.deepEqual(Buffer.concat(written), Buffer.concat(chunks));
  assert.ok(written.length < 450, `${written.length} writes`);
});

test('a socket that takes nothing holds the body back', async () => {
  let takeOne: () => void = () => undefined;
  const stream = new Writable({
    highWaterMark: 1 << 16,
    writev(_chunks, done) {
      takeOne = done;
    },
  });
  let given = 0;
  async function* client(): AsyncGenerator<Buffer> {
    for (; given < 1000; given++) yield Buffer.alloc(32_768);
  }
  const body = Readable.from(client(), { objectMode: false });
  const sent = sendGathered(body, stream as unknown as Socket);
  for (let i = 0; i < 500; i++) await turn();
  assert.ok(given < 20, `${given} pieces`);
  const taking = setInterval(() => takeOne(), 0);
  await sent;
  clearInterval(taking);
  assert.equal(given, 1000);
});

test('a body that breaks takes the socket with it', async () => {
  const { socket } = sink();
  const body = new PassThrough();
  body.write('half');
  const sent = sendGathered(body, socket);
  body.destroy(new Error('cut off'));
  await sent;
  assert.ok(socket.destroyed);
});

test('a socket that goes ends it, and the rest of the body is read', async () => {
  const { socket } = sink();
  const body = new PassThrough({ highWaterMark: 16 });
  const sent = sendGathered(body, socket);
  socket.destroy();
  await sent;
  body.end(Buffer.alloc(1000));
  await new Promise((done) => body.once('end', done));
});
