// An unframed stream of the compute node: by a TCP port as Triton has it, or by our socket and token.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import { after, test } from 'node:test';
import bunyan from 'bunyan';
import { TokenSocket } from '#lib/cn-agent/stdio/socket.ts';
import { connectRaw } from '#lib/triton/raw-stream.ts';

const dir = mkdtempSync('/tmp/sdct-raw-');
after(() => rmSync(dir, { recursive: true, force: true }));
const log = bunyan.createLogger({ name: 'raw-test', level: 'fatal' });

async function textOf(socket: Socket): Promise<string> {
  let text = '';
  for await (const chunk of socket as AsyncIterable<Buffer>) text += chunk.toString();
  return text;
}

function listen(server: Server): Promise<number> {
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => resolve((server.address() as { port: number }).port));
  });
}

test('by TCP, where nothing is said first', async () => {
  const server = createServer((socket) => socket.end('line\r\n'));
  const port = await listen(server);
  const socket = await connectRaw({ host: '127.0.0.1', port }, {});
  assert.equal(await textOf(socket), 'line\r\n');
  socket.destroy();
  server.close();
  await assert.rejects(connectRaw({ host: '127.0.0.1', port }, {}), { statusCode: 503 });
});

test('by socket and token: good once, with what came behind it', async () => {
  const sockets = await TokenSocket.listen(join(dir, 'token.sock'), null, log);
  const token = sockets.registerRaw({
    connect: (socket, early) => {
      let said = early.toString();
      socket.on('data', (chunk: Buffer) => {
        said += chunk.toString();
      });
      socket.on('end', () => socket.end(`you said ${said}`));
      socket.resume();
    },
    expire: () => undefined,
  });
  const endpoint = { host: '', port: 0, framing: 'raw1' as const, path: sockets.path, token };
  const socket = await connectRaw(endpoint, {});
  socket.end('hello');
  assert.equal(await textOf(socket), 'you said hello', 'our end does not end the other side');
  const again = await connectRaw(endpoint, {});
  assert.equal(await textOf(again), '', 'used up');
  await sockets.close();
});

test('a session that nobody fetched is told when the service stops', async () => {
  const sockets = await TokenSocket.listen(join(dir, 'expire.sock'), null, log);
  let expired = 0;
  sockets.registerRaw({ connect: () => assert.fail('nobody comes'), expire: () => expired++ });
  await sockets.close();
  assert.equal(expired, 1);
});
