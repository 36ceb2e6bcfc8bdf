// src/containers/archive/send-gathered.ts: small pieces go together, large ones at once, and a body that broke is never taken for whole.
import assert from 'node:assert/strict';
import type { Socket } from 'node:net';
import { PassThrough, Readable } from 'node:stream';
import { test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { sendGathered } from '#src/containers/archive/send-gathered.ts';

/** A socket that notes what is written to it. */
function sink(): { socket: Socket; written: Buffer[] } {
  const written: Buffer[] = [];
  const stream = new PassThrough({ highWaterMark: 1 << 30 });
  const write = stream.write.bind(stream);
  stream.write = ((piece: Buffer, done: () => void) => {
    written.push(Buffer.from(piece));
    return write(piece, done);
  }) as typeof stream.write;
  stream.resume();
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
