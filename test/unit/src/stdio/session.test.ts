// A session between real sockets: output byte for byte with a slow client, stdin's half-close, a client that leaves.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { encodeFrame, FRAME, FrameDecoder } from '#lib/docker-vm/stdio.ts';
import { Mux1Stream } from '#lib/triton/stdio-mux1.ts';
import { closeClient, runSession, type SessionOptions } from '#src/stdio/session.ts';

/** Two connected unix sockets, half-open allowed on both ends. */
async function socketPair(t: TestContext): Promise<[Socket, Socket]> {
  const dir = await mkdtemp(join(tmpdir(), 'session-test-'));
  const path = join(dir, 's');
  const server = createServer({ allowHalfOpen: true }).listen(path);
  await once(server, 'listening');
  const near = connect({ path, allowHalfOpen: true });
  const [far] = (await once(server, 'connection')) as [Socket];
  t.after(async () => {
    near.destroy();
    far.destroy();
    server.close();
    await rm(dir, { recursive: true, force: true });
  });
  return [near, far];
}

interface Stage {
  /** The agent's end of the stream. */
  agent: Socket;
  /** The client's end of the hijacked connection. */
  client: Socket;
  session: ReturnType<typeof runSession>;
}

async function stage(t: TestContext, options: Partial<SessionOptions>): Promise<Stage> {
  const [near, agent] = await socketPair(t);
  const [hijacked, client] = await socketPair(t);
  const session = runSession(hijacked, new Mux1Stream(near), {
    tty: false,
    stdin: true,
    stdout: true,
    stderr: true,
    detachKeys: null,
    clientGone: 'stop',
    ...options,
  });
  session.then(() => closeClient(hijacked));
  return { agent, client, session };
}

const END = encodeFrame(FRAME.end, Buffer.from('{"code":3,"signal":null}'));

async function writeAll(socket: Socket, buffers: Iterable<Buffer>): Promise<void> {
  for (const buffer of buffers) if (!socket.write(buffer)) await once(socket, 'drain');
}

for (const tty of [false, true]) {
  test(`64 MB, tty ${tty}, to a client that pauses: every byte, then the end`, async (t) => {
    const { agent, client, session } = await stage(t, { tty });
    const sent = createHash('sha256');
    const got = createHash('sha256');
    const block = Buffer.alloc(50_000, 'x');
    const frames = function* () {
      for (let i = 0; i < 1300; i++) {
        block.writeUInt32BE(i);
        const frame = encodeFrame(FRAME.stdout, block);
        sent.update(tty ? block : frame);
        yield frame;
      }
      yield END;
    };
    const reading = (async () => {
      for await (const chunk of client) {
        got.update(chunk as Buffer);
        await turn();
      }
    })();
    await writeAll(agent, frames());
    assert.deepEqual((await session).end, { code: 3, signal: null });
    await reading;
    assert.equal(got.digest('hex'), sent.digest('hex'));
  });
}

test('a client that does not read stops the agent: nothing piles up here', async (t) => {
  const { agent, client } = await stage(t, {});
  client.pause();
  const frame = encodeFrame(FRAME.stdout, Buffer.alloc(1 << 16));
  for (let i = 0; i < 1000; i++) agent.write(frame);
  // Until nothing has moved for a while: what is gone then is in the sockets and in this process.
  let gone = -1;
  for (let still = 0; still < 1000; still++) {
    const now = agent.bytesWritten - agent.writableLength;
    if (now !== gone) still = 0;
    gone = now;
    await turn();
  }
  assert.ok(gone < 4 << 20, `${gone} bytes went out`);
});

test("the client's half-close is the end of stdin, and output goes on", async (t) => {
  const { agent, client, session } = await stage(t, {});
  const input: Buffer[] = [];
  const ended = new Promise<void>((resolve) => {
    const decoder = new FrameDecoder({
      data: (_type, piece) => input.push(Buffer.from(piece)),
      control: (type) => type === FRAME.stdinEnd && resolve(),
    });
    agent.on('data', (chunk: Buffer) => decoder.push(chunk));
  });
  client.end('typed');
  await ended;
  assert.equal(Buffer.concat(input).toString(), 'typed');
  agent.write(encodeFrame(FRAME.stdout, Buffer.from('late')));
  agent.write(END);
  const chunks: Buffer[] = [];
  for await (const chunk of client) chunks.push(chunk as Buffer);
  assert.equal(Buffer.concat(chunks).subarray(8).toString(), 'late');
  assert.equal((await session).end?.code, 3);
});

test('attach: a client that leaves lets the agent go', async (t) => {
  const { agent, client, session } = await stage(t, { clientGone: 'stop' });
  agent.resume();
  const closed = once(agent, 'close');
  agent.on('end', () => agent.end());
  client.destroy();
  agent.write(encodeFrame(FRAME.stdout, Buffer.from('x')));
  assert.equal((await session).end, null);
  await closed;
});

test('exec: a client that leaves does not cut the stream, and the exit code is told', async (t) => {
  const { agent, client, session } = await stage(t, { clientGone: 'drain' });
  agent.resume();
  client.destroy();
  await turn();
  await writeAll(agent, Array(200).fill(encodeFrame(FRAME.stdout, Buffer.alloc(100_000))));
  agent.write(END);
  assert.equal((await session).end?.code, 3);
});

test('only stderr is wanted', async (t) => {
  const { agent, client } = await stage(t, { stdout: false });
  agent.write(
    Buffer.concat([
      encodeFrame(FRAME.stdout, Buffer.from('no')),
      encodeFrame(FRAME.stderr, Buffer.from('yes')),
      END,
    ]),
  );
  const chunks: Buffer[] = [];
  for await (const chunk of client) chunks.push(chunk as Buffer);
  assert.deepEqual(Buffer.concat(chunks), encodeFrame(FRAME.stderr, Buffer.from('yes')));
});

test('detach keys end the session, not the stream of an exec', async (t) => {
  const { agent, client, session } = await stage(t, {
    tty: true,
    detachKeys: Buffer.from([16, 17]),
    clientGone: 'drain',
  });
  agent.resume();
  client.resume();
  client.write('ls\x10\x11');
  const { detached, rest } = await session;
  assert.equal(detached, true);
  agent.write(END);
  assert.equal((await rest)?.code, 3);
});
