// lib/triton/stdio-mux1.ts over a real socket pair: start, output, input, and every way in which a peer can fail.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { rm } from 'node:fs/promises';
import { createServer, type Socket } from 'node:net';
import { afterEach, beforeEach, test } from 'node:test';
import { encodeFrame, FRAME, frameHeader, MAX_FRAME, type StdioEndpoint } from '#lib/docker-vm/stdio.ts';
import { connectStdio } from '#lib/triton/stdio-stream.ts';
import type { StdioStream } from '#lib/triton/types.ts';

const path = `/tmp/sdct-mux1-${process.pid}.sock`;
const AT: StdioEndpoint = { host: '127.0.0.1', port: 1, framing: 'mux1', path, token: 'tok' };
const END = { code: 3, signal: null };
const frame = (type: number, payload: object | string = '') =>
  encodeFrame(type, Buffer.from(typeof payload === 'string' ? payload : JSON.stringify(payload)));

let server: ReturnType<typeof createServer>;
let stream: StdioStream;
let agent: Socket;
const broken = { name: 'TritonError', restCode: 'ServiceUnavailable', statusCode: 503 };

beforeEach(async () => {
  server = createServer({ allowHalfOpen: true });
  server.listen(path);
  await once(server, 'listening');
  const connected = once(server, 'connection');
  stream = await connectStdio(AT, {});
  [agent] = (await connected) as [Socket];
  agent.on('error', () => {});
  while (agent.read(4)?.toString() !== 'tok\n') await once(agent, 'readable');
});
afterEach(async () => {
  stream.destroy();
  agent.destroy();
  server.close();
  await rm(path, { force: true });
});

/** Runs the stream to its end. */
async function output(): Promise<{ end: unknown; text: [number, string][] }> {
  const text: [number, string][] = [];
  const end = await stream.run((no, piece) => {
    if (text.at(-1)?.[0] === no) text.at(-1)![1] += piece.toString();
    else text.push([no, piece.toString()]);
  });
  return { end, text };
}
async function received(bytes: number): Promise<Buffer> {
  for (;;) {
    const got = agent.read(bytes) as Buffer | null;
    if (got !== null) return got;
    await once(agent, 'readable');
  }
}

test('started, output, end: looked for one after the other', async () => {
  agent.write(frame(FRAME.started, { pid: 42 }));
  assert.deepEqual(await stream.started, { pid: 42 });
  agent.write(
    Buffer.concat([
      frame(FRAME.stdout, 'out'),
      frame(FRAME.stderr, 'err'),
      frame(FRAME.stdout, ''),
      frame(FRAME.end, END),
    ]),
  );
  assert.deepEqual(await output(), {
    end: END,
    text: [
      [1, 'out'],
      [2, 'err'],
    ],
  });
});

test('all in one write, byte by byte in many', async () => {
  const all = Buffer.concat([
    frame(FRAME.started, { pid: 42 }),
    frame(FRAME.stdout, 'out'),
    frame(FRAME.end, END),
  ]);
  const started = stream.started;
  for (const byte of all) {
    agent.write(Buffer.of(byte));
    await new Promise(setImmediate);
  }
  assert.deepEqual(await started, { pid: 42 });
  assert.deepEqual(await output(), { end: END, text: [[1, 'out']] });
});

test('run without asking for the start; the start can be asked for afterwards', async () => {
  agent.write(Buffer.concat([frame(FRAME.started, { pid: 7 }), frame(FRAME.end, END)]));
  assert.deepEqual((await output()).end, END);
  assert.deepEqual(await stream.started, { pid: 7 });
});

test('output before any start means that it runs, and none of it is lost', async () => {
  agent.write(frame(FRAME.stdout, 'early'));
  assert.deepEqual(await stream.started, { pid: 0 });
  agent.write(frame(FRAME.end, END));
  assert.deepEqual(await output(), { end: END, text: [[1, 'early']] });
});

test('after the start the socket holds exactly what follows it', async () => {
  agent.write(Buffer.concat([frame(FRAME.started), frame(FRAME.stdout, 'x')]));
  assert.deepEqual(await stream.started, { pid: 0 });
  const socket = stream.muxSocket!;
  let got: Buffer | null = socket.read() as Buffer | null;
  while (got === null) {
    await once(socket, 'readable');
    got = socket.read() as Buffer | null;
  }
  assert.deepEqual([...got], [...frame(FRAME.stdout, 'x')]);
});

test('a process that cannot be started: the start fails with its words, run still tells the end', async () => {
  const end = { code: 127, signal: null, error: 'OCI runtime exec failed: no such file' };
  agent.write(frame(FRAME.end, end));
  await assert.rejects(stream.started, { restCode: 'VmExecFailed', ownMessage: end.error });
  assert.deepEqual(await output(), { end, text: [] });
});

test('the end of a process that ran is no failure of its start', async () => {
  agent.write(frame(FRAME.end, END));
  assert.deepEqual(await stream.started, { pid: 0 });
  assert.deepEqual((await output()).end, END);
});

const BREAKS: [what: string, bytes: Buffer][] = [
  ['nothing at all', Buffer.alloc(0)],
  ['half a header', frame(FRAME.started).subarray(0, 3)],
  ['half a start', frame(FRAME.started, { pid: 1 }).subarray(0, 12)],
  ['half an end', frame(FRAME.end, END).subarray(0, 14)],
  ['a start that is no JSON', frame(FRAME.started, '{"pid"')],
  ['an end that is no JSON', frame(FRAME.end, '{')],
  ['an end that is null', frame(FRAME.end, 'null')],
  ['a start of 4 GiB', Buffer.concat([frameHeader(FRAME.started, 0xffffffff), Buffer.alloc(100)])],
  ['an end just too large', Buffer.concat([frameHeader(FRAME.end, MAX_FRAME + 1), Buffer.alloc(100)])],
];
for (const [what, bytes] of BREAKS) {
  test(`a peer that sends ${what} and leaves: start and run both fail, the program goes on`, async () => {
    const started = assert.rejects(stream.started, broken);
    agent.end(bytes);
    await started;
    await assert.rejects(output(), broken);
  });
  test(`the same without asking for the start: ${what}`, async () => {
    agent.end(bytes);
    await assert.rejects(output(), broken);
  });
}

test('a peer that leaves without an end, or breaks off, after output', async () => {
  agent.write(Buffer.concat([frame(FRAME.started, { pid: 1 }), frame(FRAME.stdout, 'x')]));
  await stream.started;
  const run = output();
  agent.destroy();
  await assert.rejects(run, { ...broken, ownMessage: 'the stream of the container broke off' });
});

test('a frame that is too large breaks the stream off', async () => {
  agent.write(Buffer.concat([frame(FRAME.started), frameHeader(FRAME.stdout, MAX_FRAME + 1)]));
  await assert.rejects(output(), broken);
});

test('a slow reader holds the peer up', async () => {
  const { promise, resolve } = Promise.withResolvers<void>();
  const seen: string[] = [];
  const run = stream.run(async (_no, piece) => {
    seen.push(piece.toString());
    if (seen.length === 1) await promise;
  });
  agent.write(frame(FRAME.stdout, 'first'));
  while (seen.length === 0) await new Promise(setImmediate);
  agent.write(Buffer.concat([frame(FRAME.stdout, 'second'), frame(FRAME.end, END)]));
  for (let i = 0; i < 20; i++) await new Promise(setImmediate);
  assert.deepEqual(seen, ['first']);
  resolve();
  assert.deepEqual(await run, END);
  assert.deepEqual(seen, ['first', 'second']);
});

test('input: data, sizes, and its end as a frame, not a FIN', async () => {
  assert.equal(stream.writeStdin(Buffer.from([0, 255])), true);
  stream.resize(80, 24);
  stream.endStdin();
  const expected = Buffer.concat([
    encodeFrame(FRAME.stdin, Buffer.from([0, 255])),
    frame(FRAME.resize, { w: 80, h: 24 }),
    frame(FRAME.stdinEnd),
  ]);
  assert.deepEqual([...(await received(expected.length))], [...expected]);
  assert.equal(agent.readableEnded, false);
});

test('a full peer says so; drain waits for it, or for its end', async () => {
  const big = Buffer.alloc(1024 * 1024);
  while (stream.writeStdin(big));
  const drained = stream.drain();
  agent.resume();
  await drained;
  agent.pause();
  while (stream.writeStdin(big));
  const gone = stream.drain();
  agent.destroy();
  stream.destroy();
  await gone;
  assert.equal(stream.writeStdin(big), true, 'nobody waits for a peer that is gone');
});

test('nobody there', async () => {
  await assert.rejects(connectStdio({ ...AT, path: `${path}.none` }, {}), {
    ...broken,
    ownMessage: 'the stream of the container cannot be reached',
  });
  await assert.rejects(connectStdio({ host: '127.0.0.1', port: 1 }, {}), broken);
});

test('an abort ends the connection', async () => {
  const stop = new AbortController();
  const other = await connectStdio(AT, { signal: stop.signal });
  const run = other.run(() => {});
  stop.abort();
  await assert.rejects(run, broken);
});
