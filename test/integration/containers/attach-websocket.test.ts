// GET /containers/:id/attach/ws with a real WebSocket client: both ways, logs, kinds of message, detach keys, refusals.
import assert from 'node:assert/strict';
import { request } from 'node:http';
import { describe, it } from 'node:test';
import { WebSocket } from 'ws';
import { waitUntil } from '#test/harness/stack.ts';
import { suite } from '#test/harness/suite.ts';

interface Client {
  ws: WebSocket;
  text: string;
  kinds: Set<'text' | 'binary'>;
  closed: Promise<number>;
}

describe('docker attach by websocket', () => {
  const s = suite('attach-ws');
  const ok = (...args: string[]) => s.stack.ok(args);
  const connect = async (path: string): Promise<Client> => {
    const ws = new WebSocket(`ws+unix:${s.stack.socketPath}:${path}`);
    const { promise: closed, resolve } = Promise.withResolvers<number>();
    const client: Client = { ws, text: '', kinds: new Set(), closed };
    ws.on('message', (data, isBinary) => {
      client.text += String(data);
      client.kinds.add(isBinary ? 'binary' : 'text');
    });
    ws.on('close', resolve);
    await new Promise((done, fail) => {
      ws.once('open', done);
      ws.once('error', fail);
    });
    return client;
  };
  const says = (client: Client, words: string) =>
    waitUntil(`the socket says ${words}`, () => client.text.includes(words));
  const all = 'stream=1&stdin=1&stdout=1&stderr=1';

  it('carries input and both outputs unframed, and closes when the container ends', async () => {
    const id = await ok('create', '-i', 'busybox', 'sh', '-c', 'read a; echo "got $a"; echo err >&2');
    const client = await connect(`/v1.43/containers/${id}/attach/ws?${all}`);
    await ok('start', id);
    client.ws.send('some');
    client.ws.send(Buffer.from(' words\n'));
    assert.equal(await client.closed, 1000);
    assert.deepEqual(client.text.split('\n').sort(), ['', 'err', 'got some words']);
    assert.deepEqual([...client.kinds], ['binary']);
    // The output may end a moment before the process.
    await ok('wait', id);
    await ok('rm', id);
  });

  it('replays the log, and sends text to clients before 1.28', async () => {
    const id = await ok('run', '-d', 'busybox', 'sh', '-c', 'echo first; exec sleep 1000');
    await waitUntil('it has written', async () => (await ok('logs', id)) === 'first');
    const client = await connect(`/v1.27/containers/${id}/attach/ws?logs=1`);
    assert.equal(await client.closed, 1000);
    assert.equal(client.text, 'first\n');
    assert.deepEqual([...client.kinds], ['text']);
    await ok('rm', '-f', id);
  });

  it('leaves out streams from 1.42 on', async () => {
    const id = await ok('run', '-d', 'busybox', 'sh', '-c', 'echo out; echo err >&2');
    await ok('wait', id);
    const client = await connect(`/v1.42/containers/${id}/attach/ws?logs=1&stderr=1`);
    await client.closed;
    assert.equal(client.text, 'err\n');
    await ok('rm', id);
  });

  it('ends stdin when the client closes, and the container lives on until then', async () => {
    const id = await ok('run', '-di', 'busybox', 'cat');
    const client = await connect(`/containers/${id}/attach/ws?${all}`);
    client.ws.send('hello\n');
    await says(client, 'hello');
    client.ws.close();
    await client.closed;
    const again = await connect(`/containers/${id}/attach/ws?${all}`);
    again.ws.send('again\n');
    await says(again, 'again');
    again.ws.terminate();
    await ok('rm', '-f', id);
  });

  it('detaches from a terminal by its keys', async () => {
    const id = await ok('run', '-dit', 'busybox', 'cat');
    const client = await connect(`/containers/${id}/attach/ws?${all}&detachKeys=ctrl-x,x`);
    client.ws.send('hello\r');
    await says(client, 'hello');
    client.ws.send(Buffer.from([24, 120]));
    assert.equal(await client.closed, 1000);
    assert.equal(await ok('inspect', '-f', '{{.State.Status}}', id), 'running');
    await ok('rm', '-f', id);
  });

  it('carries a megabyte through a client that reads late', async () => {
    const id = await ok('create', 'busybox', 'sh', '-c', 'head -c 1000000 /dev/zero | tr "\\0" x');
    const client = await connect(`/containers/${id}/attach/ws?${all}`);
    client.ws.pause();
    await ok('start', id);
    await ok('wait', id);
    client.ws.resume();
    await client.closed;
    assert.equal(client.text.length, 1_000_000);
    await ok('rm', id);
  });

  it('refuses as HTTP what cannot be attached to', async () => {
    const get = (path: string, headers: Record<string, string> = {}): Promise<number> =>
      new Promise((done, fail) => {
        const req = request({ socketPath: s.stack.socketPath, path, headers }, (res) => {
          res.resume();
          done(res.statusCode ?? 0);
        });
        req.on('upgrade', (res, socket) => {
          socket.destroy();
          done(res.statusCode ?? 0);
        });
        req.on('error', fail);
        req.end();
      });
    const id = await ok('run', '-d', 'busybox', 'sleep', '1000');
    const upgrade = { Connection: 'Upgrade', Upgrade: 'websocket' };
    const hello = {
      ...upgrade,
      'Sec-WebSocket-Version': '13',
      'Sec-WebSocket-Key': 'AAAAAAAAAAAAAAAAAAAAAA==',
    };
    assert.equal(await get(`/containers/${id}/attach/ws?stream=1`, hello), 101);
    assert.equal(await get('/containers/nosuch/attach/ws?stream=1', hello), 404);
    assert.equal(await get(`/containers/${id}/attach/ws?detachKeys=nosuch`, hello), 400);
    assert.equal(await get(`/containers/${id}/attach/ws?stream=1`), 400);
    assert.equal(await get(`/containers/${id}/attach/ws?stream=1`, upgrade), 400);
    await ok('pause', id);
    assert.equal(await get(`/containers/${id}/attach/ws?stream=1`, hello), 409);
    await ok('rm', '-f', id);
  });
});
